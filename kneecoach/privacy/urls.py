"""Addresses of a patient's rights over their data, below Me."""

from django.urls import path

from kneecoach.privacy.views import data

app_name = "privacy"

urlpatterns = [
    path("me/data/", data.my_data, name="data"),
    path("me/data/everything.json", data.export_json, name="export-json"),
    path("me/data/everything.zip", data.export_csv, name="export-csv"),
]

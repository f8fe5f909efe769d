"""Addresses of a patient's rights over their data, below Me."""

from django.urls import path

from kneecoach.privacy.views import asking, consent, data

app_name = "privacy"

urlpatterns = [
    path("me/data/", data.my_data, name="data"),
    path("me/data/everything.json", data.export_json, name="export-json"),
    path("me/data/everything.zip", data.export_csv, name="export-csv"),
    path("me/data/ask/", asking.ask, name="ask"),
    path("me/data/ask/<uuid:data_request_id>/take-back/", asking.take_back, name="take-back"),
    path("me/consent/", consent.agree, name="agree"),
    path("me/consent/withdraw/", consent.withdraw, name="withdraw"),
    path("me/stopped/", consent.stopped, name="stopped"),
]

"""Addresses of what a patient keeps about themselves."""

from django.urls import path

from kneecoach.accounts import views

app_name = "accounts"

urlpatterns = [path("me/", views.me, name="me")]

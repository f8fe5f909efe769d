"""Addresses of what a patient keeps about themselves, and of what an invitation leads through."""

from django.urls import path

from kneecoach.accounts.views import me, welcome, welcome_log_in

app_name = "accounts"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("invitation/<str:token>/", welcome.open_invitation, name="invitation"),
    path("welcome/", welcome.agree, name="welcome"),
    path("welcome/log-out/", welcome.leave, name="welcome-leave"),
    path("welcome/log-in/", welcome_log_in.choose, name="welcome-log-in"),
    path("welcome/code/", welcome_log_in.type_code, name="welcome-code"),
    path("welcome/passkey/", welcome_log_in.make_passkey, name="welcome-passkey"),
    path("welcome/day/", welcome.day, name="welcome-day"),
]

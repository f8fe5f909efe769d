"""Addresses of what people keep about themselves and their log-in, and of what an invitation leads through."""

from django.urls import path

from kneecoach.accounts.views import address, devices, me, passkeys, second_factor, welcome, welcome_log_in

app_name = "accounts"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("account/address/", address.change, name="address"),
    path("account/address/code/", address.type_code, name="address-code"),
    path("account/devices/", devices.devices, name="devices"),
    path("account/devices/<int:pk>/end/", devices.end, name="device-end"),
    path("account/devices/end-others/", devices.end_others, name="device-end-others"),
    path("account/passkeys/add/", passkeys.add, name="passkey-add"),
    path("account/passkeys/<int:pk>/rename/", passkeys.rename, name="passkey-rename"),
    path("account/passkeys/<int:pk>/remove/", passkeys.remove, name="passkey-remove"),
    path("account/second-factor/", second_factor.start, name="second-factor"),
    path("account/second-factor/app/", second_factor.app, name="second-factor-app"),
    path("account/second-factor/app/remove/", second_factor.remove_app, name="second-factor-app-remove"),
    path("account/second-factor/codes/", second_factor.recovery_codes, name="recovery-codes"),
    path("invitation/<str:token>/", welcome.open_invitation, name="invitation"),
    path("welcome/", welcome.agree, name="welcome"),
    path("welcome/log-out/", welcome.leave, name="welcome-leave"),
    path("welcome/log-in/", welcome_log_in.choose, name="welcome-log-in"),
    path("welcome/code/", welcome_log_in.type_code, name="welcome-code"),
    path("welcome/passkey/", welcome_log_in.make_passkey, name="welcome-passkey"),
    path("welcome/day/", welcome.day, name="welcome-day"),
]

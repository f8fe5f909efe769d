"""All addresses. The only module that imports every app."""

from allauth.account import urls as account_urls
from allauth.account import views as account_views
from allauth.mfa.webauthn.views import login_webauthn
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import TemplateView

from kneecoach import health, phone
from kneecoach.accounts.views.logout import EmptyingLogoutView
from kneecoach.accounts.views.reauthenticate import reauthenticate, recently_proven
from kneecoach.accounts.views.second_factor import EnterView

handler400 = "kneecoach.origins.bad_request"
handler429 = "kneecoach.http.too_many"
handler500 = "kneecoach.unavailable.server_error"

# allauth would keep a list of addresses, and let each of them in, proven or not. Here an account has one (accounts:address).
CLOSED = {"account_email", "account_confirm_email", "account_email_verification_sent"}

urlpatterns = [
    path("", include("progress.urls")),
    path("", include("exercises.urls")),
    path("", include("kneecoach.accounts.urls")),
    path("", include("kneecoach.privacy.urls")),
    path("", include("kneecoach.reminders.urls")),
    path("account/logout/", EmptyingLogoutView.as_view(), name="account_logout"),
    # Of allauth's pages about factors, those that belong to a log-in. The others are kneecoach.accounts.views.
    path("account/passkey/", login_not_required(login_webauthn), name="mfa_login_webauthn"),
    path("account/second-factor/enter/", login_not_required(EnterView.as_view()), name="mfa_authenticate"),
    path("account/reauthenticate/", reauthenticate, name="account_reauthenticate"),
    # What changes a log-in is asked for once more.
    path("account/password/change/", recently_proven(account_views.password_change), name="account_change_password"),
    path("account/password/set/", recently_proven(account_views.password_set), name="account_set_password"),
    path("account/", include([row for row in account_urls.urlpatterns if row.name not in CLOSED])),
    path("admin/", admin.site.urls),
    path("manifest.webmanifest", phone.manifest, name="manifest"),
    path("sw.js", phone.service_worker, name="service-worker"),
    path("offline/", phone.offline, name="offline"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

if settings.DEBUG:
    # Every component on one page, for whoever builds the next screen. It shows no data.
    urlpatterns += [
        path(
            "design-system/",
            login_not_required(
                TemplateView.as_view(
                    template_name="design_system.html",
                    extra_context={"clinic": {"emergency_number": "112", "phone": "020 7946 0000"}},
                )
            ),
            name="design-system",
        )
    ]

"""Django settings. Every value that differs between installations comes from the environment (see .env.example)."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pghistory
from django.utils.translation import gettext_lazy as _

from kneecoach.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
VARIABLES = env = Environment()

# --- what a host decides -------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
# Former keys: what they have signed or encrypted is still read, and nothing new is written with them.
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS")
SITE_URL = env.origin("SITE_URL", "http://localhost:8000")
TRUST_PROXY = env.flag("TRUST_PROXY", default=False)
DATABASES = {
    "default": {
        **env.database(),
        # Persistent connections that are checked first: a restart of PostgreSQL costs no request.
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
TIME_ZONE = env.text("TIME_ZONE", "Europe/London")
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
# Port 465 speaks TLS from the first byte, every other port after STARTTLS.
EMAIL_USE_SSL = EMAIL_PORT == 465 and env.flag("EMAIL_USE_TLS", default=True)
EMAIL_USE_TLS = not EMAIL_USE_SSL and env.flag("EMAIL_USE_TLS", default=True)
# Phones show it on the lock screen, so neither name nor address tells what the mails are about.
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "noreply@localhost")
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
# The private half of the key by which push services know this site. Empty: no reminder is pushed to a browser.
PUSH_KEY = env.key("PUSH_KEY", 32)
# The push services that are spoken to, and no other host: the addresses come from browsers.
PUSH_HOSTS = env.text(
    "PUSH_HOSTS", "fcm.googleapis.com updates.push.services.mozilla.com *.push.apple.com *.notify.windows.com"
).split()
# The worker touches this file after each sign of life; a probe of its container looks how old it is. Empty: no file.
WORKER_ALIVE_FILE = env.text("WORKER_ALIVE_FILE", "")
# What the software may show besides what was recorded; each part can be switched off by whoever hosts it.
PAIN_ADVICE = env.flag("PAIN_ADVICE", default=True)
READINESS = env.flag("READINESS", default=True)
ALERTS = env.flag("ALERTS", default=True)
# Off, staff open the desk with one factor. For trying things out, and nowhere else.
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", default=True)
# The list of erasures, outside the database and beside the backups: a restored backup erases again what stands there.
ERASURES_FILE = env.text("ERASURES_FILE", "")
# Where the backups are, for whoever sees that folder: `manage.py doctor` says how old the newest is.
BACKUP_FOLDER = env.text("BACKUP_FOLDER", "")
# Where static files of the last releases are kept, for pages of another version. Empty: only those of this one are sent.
ASSETS_FOLDER = env.text("ASSETS_FOLDER", "")
env.raise_errors()

# Without a mail server, mails are printed: a code can then still be read in the log of a trial installation.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 10
# From a thread, after the answer; see kneecoach.mail_later.
MAIL_LATER = True

# --- what follows from it ------------------------------------------------------------------------------------------
_site = urlsplit(SITE_URL)
IS_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [_site.hostname or "localhost"] + (["127.0.0.1", "[::1]"] if _site.hostname == "localhost" else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "kneecoach.origins.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
# `__Host-` binds a cookie to exactly this host; browsers accept the prefix on https only.
_cookie_prefix = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_cookie_prefix}kneecoach_session"
CSRF_COOKIE_NAME = f"{_cookie_prefix}kneecoach_csrf"
MESSAGES_COOKIE_NAME = f"{_cookie_prefix}kneecoach_messages"
MESSAGE_STORAGE = "kneecoach.messages.Storage"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# How long a log-in lasts, and why: docs/security.md. A patient's, on their own phone:
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
# Of staff, at a desk that others walk past: without a request, and in all.
STAFF_IDLE_SECONDS = 60 * 15
STAFF_LOG_IN_SECONDS = 60 * 60 * 12
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
FILE_UPLOAD_HANDLERS = ["kneecoach.uploads.NoFiles"]
X_FRAME_OPTIONS = "DENY"

# Named as in Django 6, so that kneecoach.middleware can go when we move there. No nonce, no `unsafe-*`.
SECURE_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PERMISSIONS_POLICY = (
    "screen-wake-lock=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), "
    "camera=(), microphone=(), geolocation=()"
)

# --- the application -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "kneecoach.desk.apps.DeskConfig",
    "kneecoach.desk.apps.DeskAdminConfig",
    "kneecoach.privacy",
    "kneecoach.reminders",
    "progress",
    "exercises",
    "kneecoach.accounts",
    "kneecoach.hosting.apps.HostingConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "django_htmx",
    "pghistory",
    "pgtrigger",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "kneecoach.middleware.SecurityHeadersMiddleware",
    "kneecoach.origins.ForwardedProtoMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "kneecoach.kept_assets.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kneecoach.integrity.ScriptIntegrityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kneecoach.accounts.middleware.LogInMiddleware",
    "kneecoach.middleware.HtmxLoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kneecoach.accounts.middleware.StaffMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]
ROOT_URLCONF = "kneecoach.urls"
WSGI_APPLICATION = "kneecoach.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            # Icons stand on every page.
            "builtins": ["kneecoach.accounts.templatetags.page_tags"],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "kneecoach"
# It takes a fixed time of day for a mistaken "now", once a day, when that time comes.
SILENCED_SYSTEM_CHECKS = ["fields.W161"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# History rows carry who and where in the row itself: the `app` role then needs INSERT on them and nothing more.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_APPEND_ONLY = True
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")  # a GET writes nothing to explain

# --- log-in --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["kneecoach.accounts.backends.PatientBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Of the first account too (`manage.py create_clinic`).
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "progress:today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "kneecoach.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the clinic enters the address; logging in by code proves it
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# In seconds. Many mail servers let a sender they do not know wait for some minutes; allauth's three are over by then.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {"login": "kneecoach.accounts.log_ins.PasswordLogInForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Nothing is sent there: the adapter does the work of a mail, so that an answer takes as long as for a known address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
# Django's own: it asks nothing of the database, and a link dies with the password and with the address.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 -- a class
ACCOUNT_PRESERVE_USERNAME_CASING = False
# One clinic is one address on the internet: limits per account (key) stay tight, those per address are wide. None looks
# back for longer than five minutes, which is what the page that refuses says (kneecoach.http.too_many).
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "100/m/ip,5/5m/key",
    "request_login_code": "100/m/ip,3/m/key",
    "reset_password": "100/m/ip,3/m/key",
    "reset_password_from_key": "100/m/ip",
    "invitation": "60/m/ip",
    "calendar": "120/m/ip",
    "reauthenticate": "10/5m/user",
    "address": "5/5m/user,3/m/key",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
# Whoever changes how they log in has proved who they are within these seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# For patients a passkey is a way in. For staff it is two factors at once, or the second one besides a password or a
# code; authenticator apps and recovery codes are theirs alone: see the adapter.
MFA_ADAPTER = "kneecoach.accounts.adapter.FactorAdapter"
MFA_FORMS = {
    "login_webauthn": "kneecoach.accounts.passkeys.PasskeyLoginForm",
    "authenticate": "kneecoach.accounts.factor_forms.FactorForm",
    "authenticate_webauthn": "kneecoach.accounts.passkeys.PasskeyFactorForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Kneecoach"
# A clock may be half a minute off, and typing takes time. Each code still works once: kneecoach.accounts.factor_forms.
MFA_TOTP_TOLERANCE = 1
# Browsers allow passkeys on https and on localhost; the library would refuse the latter.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUST_PROXY else 0

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kneecoach_cache",
        "KEY_FUNCTION": "kneecoach.cache_keys.hashed",
        # Rate limits live here; the default of 300 entries would cull them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- the worker ----------------------------------------------------------------------------------------------------
# What it does beside reminders: names of functions `(now) -> None`. Each is begun at most once an hour, or once in the
# interval that is given with it: ("package.module.function", timedelta(days=1)). Under five minutes, or in parts.
WORKER_JOBS: list[str | tuple[str, timedelta]] = ["kneecoach.privacy.services.expiring.delete_expired"]

# --- language, time, static files ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "kneecoach.formats"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_static_storage = "kneecoach.static_storage.StaticStorage"
if DEBUG:
    _static_storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Its default lets every site read our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "kneecoach.log_lines.Formatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # Each says for every PDF which rule of the stylesheet is for browsers only, and what it does to fonts.
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        # It would say at each log-in by a passkey which one it was: who logs in when.
        "fido2": {"level": "WARNING"},
    },
}

"""The settings of a test run: nothing of the developer's own environment gets in, except DATABASE_URL."""

import os

ENVIRONMENT = {
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SITE_URL": "http://localhost",
    "TRUST_PROXY": "0",
    "REQUIRE_SECOND_FACTOR": "1",
    "SECRET_KEY_FALLBACKS": "",
    # "only-for-tests-0123456789-abcdef"
    "PUSH_KEY": "b25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OS1hYmNkZWY",
    "PUSH_HOSTS": "",
    "TIME_ZONE": "Europe/London",
    "EMAIL_HOST": "",
    "LOG_LEVEL": "WARNING",
    # `make test-record-only` switches them off: the software then displays and records, and says nothing of its own.
    **{name: os.environ.get(name, "1") for name in ("PAIN_ADVICE", "READINESS", "ALERTS")},
    # Playwright runs an event loop in the thread of the test, which Django takes for asynchronous code.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
for _name, _value in ENVIRONMENT.items():
    os.environ.pop(f"{_name}_FILE", None)
    os.environ[_name] = _value
# Without an address, tests/plugins/database.py starts a server and puts its address in. Workers (pytest -n) inherit
# what the first process wrote here.
_OF_NO_SERVER = "postgresql://kneecoach_owner@/kneecoach"
STARTS_OWN_DATABASE = os.environ.get("DATABASE_URL", "") in {"", _OF_NO_SERVER}
if STARTS_OWN_DATABASE:
    os.environ["DATABASE_URL"] = _OF_NO_SERVER

from kneecoach.settings import *  # noqa: E402, F403 -- the environment has to be there first

# A slow hash is the point of the real one, and most of the time of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAIL_LATER = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# No collectstatic before a test: WhiteNoise finds each file where it lies when it is asked for, under the same
# middleware, so with the same headers, as in production.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# There are no uploads. Without this, the test server takes every address for one of a file in the working directory,
# and serves our static files itself, without our headers.
MEDIA_URL = "/no-media/"

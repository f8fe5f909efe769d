"""What gunicorn runs with under `make wapiti`: the settings of production, and static files where they lie."""

from kneecoach.settings import *  # noqa: F403 -- they are meant to be all of them

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

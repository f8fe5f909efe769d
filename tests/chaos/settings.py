"""What gunicorn runs with under `make chaos`: the settings of the tests, and the naive endpoint beside ours."""

import os
import tempfile

from tests.settings import *  # noqa: F403 -- they are meant to be all of them

ROOT_URLCONF = "tests.chaos.urls"
# After the answer, as in production. They go where the run says, which may be nowhere.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = "localhost", int(os.environ.get("CHAOS_MAIL_PORT", "1")), False
MAIL_LATER = True
# In a container no other folder takes a file for a while, so none is looked for where this one is full.
tempfile.tempdir = os.environ.get("CHAOS_TMP") or tempfile.tempdir
MIDDLEWARE = ["tests.chaos.clock.SetBack", *MIDDLEWARE]  # noqa: F405 -- as above

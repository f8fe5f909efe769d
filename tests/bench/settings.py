"""What gunicorn runs with under `make bench`: the settings of the compose image, and bare addresses beside ours."""

import os
from pathlib import Path

from kneecoach.settings import *  # noqa: F403 -- they are meant to be all of them

# What stands behind the bare ones is loaded as Django does.
AUTHENTICATION_BACKENDS = [*AUTHENTICATION_BACKENDS, "django.contrib.auth.backends.ModelBackend"]  # noqa: F405
ROOT_URLCONF = "tests.bench.urls"
# Where `collectstatic` has put the files of this run, as it does in the image.
STATIC_ROOT = Path(os.environ["BENCH_STATIC"])

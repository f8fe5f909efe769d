"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

from kneecoach.env import REQUEST_LIMITS, server_options

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kneecoach.settings")

application = get_wsgi_application()

# A command may wait, a request may not.
connections.settings["default"]["OPTIONS"]["options"] += f" {server_options(REQUEST_LIMITS)}"

# A page makes tens of thousands of small objects and lets go of them at its end. Looked through after every 700 of them,
# as Python does by itself, the larger pages take a sixth longer. What is loaded by now stays, and needs no look at all.
gc.freeze()
gc.set_threshold(50_000, 10, 10)

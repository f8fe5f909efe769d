"""How gunicorn serves Kneecoach. WEB_WORKERS and WEB_THREADS may be set in .env."""

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
# Above the database's own limit for a statement (30 s), so that the application tells what went wrong.
timeout = 60
graceful_timeout = 20
# Read once, before the workers: one that was killed is there again at once, and they share what they have in common.
preload_app = True
# A worker is replaced now and then: nothing it may have kept grows for ever. Its first requests are slow, as it has to load
# templates and write queries anew, so not every few minutes.
max_requests = 10_000
max_requests_jitter = 1000
# The root file system is read-only.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
# No access log: an address says who did exercises, and when.
accesslog = None
errorlog = "-"

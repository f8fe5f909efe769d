"""The application as a web server loads it, in a process of its own."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection

from tests.plugins.database import TestDatabase

SHOWN = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
ASK = f"""
from kneecoach.wsgi import application
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("{SHOWN}")
    print(*cursor.fetchone())
"""


def test_request_waits_for_less_than_a_command(django_db_setup: TestDatabase, db: None):
    parts = connection.settings_dict
    address = f"postgresql://{django_db_setup.app}@/{parts['NAME']}?host={parts['HOST']}&port={parts['PORT']}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": address}

    asked = subprocess.run(
        [sys.executable, "-c", ASK], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    with connection.cursor() as cursor:
        cursor.execute(SHOWN)
        here = cursor.fetchone()

    assert asked.stdout.split() == ["1s", "5s"]
    assert here == ("5s", "30s")

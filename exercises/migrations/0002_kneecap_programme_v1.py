"""Load version 1 of the kneecap programme and publish it."""

import functools
from datetime import UTC, datetime

from django.db import migrations

from exercises.programme_file import load_published

PUBLISHED_AT = datetime(2026, 11, 22, tzinfo=UTC)


def load(apps, schema_editor):
    load_published(
        "kneecap-v1",
        get_model=functools.partial(apps.get_model, "exercises"),
        using=schema_editor.connection.alias,
        published_at=PUBLISHED_AT,
    )


class Migration(migrations.Migration):
    dependencies = [("exercises", "0001_initial")]
    # Removing the tables removes the rows; a published version is never deleted on its own.
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]

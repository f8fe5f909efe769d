"""Indexes of what the worklist asks for, made while sessions go on being recorded."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("progress", "0014_newest_readiness")]

    operations = [
        # What is left where it was broken off: an index that is not valid.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS session_lately", migrations.RunSQL.noop),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS readiness_newest", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="exercisesession",
            index=models.Index(fields=["local_date", "patient"], include=("started_at",), name="session_lately"),
        ),
        AddIndexConcurrently(
            model_name="readinessevaluation",
            index=models.Index(fields=["prescription", "-made_at"], name="readiness_newest"),
        ),
        RemoveIndexConcurrently(model_name="readinessevaluation", name="readiness_patient_newest"),
    ]

"""An index on the repetitions, made as a migration of ours would make it: without shutting anybody out."""

from django.db import migrations

from tests.chaos.newer import INDEX


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("progress", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {INDEX} ON progress_rep (received_at)", f"DROP INDEX CONCURRENTLY {INDEX}"
        )
    ]

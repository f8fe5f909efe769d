from dataclasses import asdict

from django.db import migrations
from django.utils import timezone

from progress.rules.limits import PRESETS, Preset


def set_standard_limits(apps, schema_editor):
    """Begin with the standard values, as the clinic's first version. Nobody has set them yet."""
    values = PRESETS[Preset.STANDARD]
    apps.get_model("progress", "RuleSet").objects.create(
        version=1,
        preset=Preset.STANDARD,
        made_at=timezone.now(),
        **asdict(values.limits),
        **asdict(values.criteria),
    )


class Migration(migrations.Migration):
    """Rows for what the tables of the migration before need."""

    dependencies = [("progress", "0005_checks_rule_sets_alerts_messages")]

    operations = [
        migrations.RunPython(set_standard_limits, migrations.RunPython.noop),
        # A note of a session is a message with a mark of who has read it.
        migrations.RunSQL(
            """
            INSERT INTO progress_message
                (id, patient_id, exercise_session_id, is_from_patient, author_id, body, sent_at)
            SELECT gen_random_uuid(), session.patient_id, session.id, TRUE, patient.user_id, session.note,
                   COALESCE(session.entered_at, session.ended_at, session.started_at)
            FROM progress_exercisesession AS session
            JOIN accounts_patient AS patient ON patient.id = session.patient_id
            WHERE session.note <> ''
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            """
            UPDATE progress_redflagreport AS report SET local_date = session.local_date
            FROM progress_exercisesession AS session WHERE session.id = report.exercise_session_id
            """,
            migrations.RunSQL.noop,
        ),
    ]

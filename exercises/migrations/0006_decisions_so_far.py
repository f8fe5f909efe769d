"""Write down as decisions what was prescribed and ended before decisions were rows of their own.

Patients have read it, so it is put away already. Pauses hold no author and stay without a decision.
"""

import uuid
from typing import Any

from django.db import migrations


def write_decisions(apps: Any, schema_editor: Any) -> None:
    """Add a row for each prescription, and one for each that ended as mastered or stopped."""
    Prescription, Decision = (apps.get_model("exercises", name) for name in ("Prescription", "Decision"))
    superseded_at = {
        (row.patient_id, row.programme_id, row.stage_key, row.ended_at)
        for row in Prescription.objects.filter(end_reason="superseded")
    }
    made = []
    for row in Prescription.objects.order_by("pk"):
        is_change = (row.patient_id, row.programme_id, row.stage_key, row.prescribed_at) in superseded_at
        made.append(
            Decision(
                id=uuid.uuid4(),
                patient_id=row.patient_id,
                kind="changed" if is_change else "prescribed",
                prescription=row,
                from_on=row.starts_on,
                decided_by_id=row.prescribed_by_id,
                decided_at=row.prescribed_at,
                put_away_at=row.prescribed_at,
            )
        )
        if row.end_reason in {"mastered", "stopped"}:
            made.append(
                Decision(
                    id=uuid.uuid4(),
                    patient_id=row.patient_id,
                    kind=row.end_reason,
                    prescription=row,
                    from_on=row.ended_on,
                    decided_by_id=row.ended_by_id,
                    decided_at=row.ended_at,
                    put_away_at=row.ended_at,
                )
            )
    Decision.objects.bulk_create(made)


class Migration(migrations.Migration):
    dependencies = [("exercises", "0005_decisions")]

    operations = [migrations.RunPython(write_decisions, migrations.RunPython.noop)]

"""Setting limits and criteria. What was set stays; new values are a new version, with who and when."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.models import RuleSet
from progress.rules.limits import RuleValues, faults, preset_of

# Versions are given out one by one. The table can only be added to, so it has no row to lock.
LOCK_NAME = "progress_ruleset"


def set_rules(*, patient: Patient | None, values: RuleValues, by: User, now: datetime) -> RuleSet:
    """Set limits and criteria of a patient, or of the clinic (None), as the next version, and return it.

    The values that are already the newest of the same patient, or of the clinic, change nothing. Raises
    ValidationError, keyed by field, for values out of bounds.
    """
    found = faults(values)
    if found:
        raise ValidationError({row.field: between(row.lowest, row.highest) for row in found})
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK_NAME])
        newest = RuleSet.objects.filter(patient=patient).order_by("-version").first()
        if newest and newest.values == values:
            return newest
        return RuleSet.objects.create(
            patient=patient,
            version=newest.version + 1 if newest else 1,
            preset=preset_of(values),
            made_by=by,
            made_at=now,
            **vars(values.limits),
            **vars(values.criteria),
        )


def between(lowest: int, highest: int) -> str:
    """Say which numbers a value may have."""
    return _("Between %(lowest)s and %(highest)s.") % {"lowest": lowest, "highest": highest}

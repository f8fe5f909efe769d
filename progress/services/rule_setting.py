"""Setting limits and criteria. What was set stays; new values are a new version, with who and when."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.models import RuleSet
from progress.rules.limits import Preset, RuleValues, faults, preset_of
from progress.services.counting import keep_long_stay

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
        newest = _lock_newest(patient)
        if newest and newest.preset != Preset.CLINIC and newest.values == values:
            return newest
        return _add(patient, newest, preset_of(values), values, by, now)


def hand_back_rules(*, patient: Patient, by: User, now: datetime) -> RuleSet | None:
    """Let the clinic's limits and criteria count for a patient again, also those it will set later.

    Returns the version that says so, with the values that the clinic has now; None where the patient has none of their
    own, or has handed them back already.
    """
    with transaction.atomic():
        newest = _lock_newest(patient)
        if newest is None or newest.preset == Preset.CLINIC:
            return None
        return _add(patient, newest, Preset.CLINIC, RuleSet.objects.of_clinic()[0].values, by, now)


def _lock_newest(patient: Patient | None) -> RuleSet | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK_NAME])
    return RuleSet.objects.filter(patient=patient).order_by("-version").first()


def _add(
    patient: Patient | None, newest: RuleSet | None, preset: Preset, values: RuleValues, by: User, now: datetime
) -> RuleSet:
    made = RuleSet.objects.create(
        patient=patient,
        version=newest.version + 1 if newest else 1,
        preset=preset,
        made_by=by,
        made_at=now,
        **vars(values.limits),
        **vars(values.criteria),
    )
    if patient:
        keep_long_stay(patient=patient, now=now, again=True)
    return made


def between(lowest: int, highest: int) -> str:
    """Say which numbers a value may have."""
    return _("Between %(lowest)s and %(highest)s.") % {"lowest": lowest, "highest": highest}

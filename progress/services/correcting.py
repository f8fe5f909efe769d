"""Corrections: what was recorded stays, what is said later is put beside it and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import User
from progress.facts import is_session_live
from progress.models import Correction, ExerciseSession
from progress.records import load_record
from progress.services.alerting import refresh_alerts


@dataclass(frozen=True)
class Change:
    """A new value for an item of progress.records, named by its key."""

    key: str
    value: int | None = None
    felt: str = ""


def correct(
    *, session: ExerciseSession, changes: Sequence[Change], reason: str = "", by: User, now: datetime
) -> list[Correction]:
    """Write down what differs from the values that count, and return it. The same changes again add nothing.

    Raises ValidationError while the session still runs: its own screens change it until then.
    """
    with transaction.atomic():
        session = ExerciseSession.objects.select_for_update(of=("self",)).get(pk=session.pk)
        if session.ended_at is None and is_session_live(session, now):
            raise ValidationError(_("This session still runs. Finish it first."))
        items = {item.key: item for item in load_record(session)}
        rows = [
            Correction(
                exercise_session=session,
                exercise_set=item.exercise_set,
                pain_rating=item.pain_rating,
                what=item.what,
                value=change.value,
                felt=change.felt,
                reason=reason.strip(),
                corrected_by=by,
                corrected_at=now,
            )
            for change in changes
            if (item := items.get(change.key)) and (item.now.value, item.now.felt) != (change.value, change.felt)
        ]
        made = Correction.objects.bulk_create(rows)
        if any(row.pain_rating for row in made):
            refresh_alerts(patient=session.patient, now=now)
        return made

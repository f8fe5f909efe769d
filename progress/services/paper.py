"""A whole sheet of paper, typed by somebody of the clinic: sessions from paper, and pain in the mornings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.facts import moment_of
from progress.models import ExerciseSession, PainRating
from progress.rules.later import PAPER_DAYS_BACK
from progress.services.alerting import refresh_alerts
from progress.services.counting import keep_long_stay
from progress.services.entering import LaterEntry, load_enterable, sets_to_enter, write_entry

Mornings = Mapping[tuple[date, str], int]


@dataclass(frozen=True)
class SheetReceipt:
    """What became of a sheet: sessions that stand now because of it, and the entries whose slot was taken before.

    `mornings` is how many numbers were written down; where a morning had one already, that one stays.
    """

    sessions: tuple[ExerciseSession, ...]
    taken: tuple[LaterEntry, ...]
    mornings: int


def enter_sheet(
    *, patient: Patient, entries: Iterable[LaterEntry], mornings: Mornings, by: User, now: datetime
) -> SheetReceipt:
    """Write down what stands on a sheet, as from paper and entered by a member of staff.

    The same sheet again changes nothing: ids follow from it, and a slot or a morning that has something is left as it is.
    Raises ExerciseSession.DoesNotExist for an id of somebody else, ValidationError for a morning out of reach.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        span, slots = load_enterable(patient=patient, now=now, is_from_paper=True)
        free = {(row.day, row.slot): row for row in slots}
        wanted = list(entries)
        standing = ExerciseSession.objects.in_bulk([entry.session_id for entry in wanted])
        if any(row.patient_id != patient.pk for row in standing.values()):
            raise ExerciseSession.DoesNotExist
        sessions, taken = list(standing.values()), []
        for entry in wanted:
            slot = free.get((entry.day, entry.slot))
            if entry.session_id in standing:
                continue
            if slot is None:
                taken.append(entry)
                continue
            sessions.append(write_entry(patient, entry, sets_to_enter(span, slot, patient), by=by, now=now))
        written = _write_mornings(patient, mornings, now)
        refresh_alerts(patient=patient, now=now)
        keep_long_stay(patient=patient, now=now)
        return SheetReceipt(tuple(sessions), tuple(taken), written)


def _write_mornings(patient: Patient, mornings: Mornings, now: datetime) -> int:
    today = moment_of(patient, now).local_date
    if any(not today - timedelta(days=PAPER_DAYS_BACK) <= day <= today for day, _side in mornings):
        raise ValidationError(_("A morning of this sheet is out of reach: four weeks back at most."))
    made = [
        PainRating.objects.get_or_create(
            patient=patient,
            exercise_session=None,
            local_date=day,
            moment=PainRating.Moment.MORNING,
            side=side,
            defaults={"status": PainRating.Status.ANSWERED, "value": value, "rated_at": now},
        )[1]
        for (day, side), value in mornings.items()
    ]
    return sum(made)

"""The words and the exceptions of some weeks: notes, stops, warning signs, what was corrected, what came late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient
from kneecoach.desk.sheets.days import Days
from progress.history import came_late
from progress.models import Correction, ExerciseSession, Message, RedFlagReport
from progress.records import Item, load_records
from progress.rules.days import DAY_START, local_moment

# What a page has room for; the rest is on the patient's page, and the sheet says how many.
NOTES_SHOWN, CORRECTED_SHOWN = 8, 8


@dataclass(frozen=True)
class Note:
    """Something in the patient's words, or why a session was stopped."""

    day: date
    at: datetime
    text: str


@dataclass(frozen=True)
class Corrected:
    """One value said anew: what it is, what was recorded first, and what counts."""

    day: date
    slot: str
    what: str
    first: str
    now: str


@dataclass(frozen=True)
class Late:
    """Sessions that did not come as they were done, of one kind, with their days and slots."""

    kind: str
    sessions: tuple[ExerciseSession, ...]


@dataclass(frozen=True)
class Said:
    """All of it, the newest first; `more_` say how many were left out."""

    notes: tuple[Note, ...]
    more_notes: int
    warning_signs: tuple[RedFlagReport, ...]
    corrected: tuple[Corrected, ...]
    more_corrected: int
    late: tuple[Late, ...]


def load_said(patient: Patient, days: Days, sessions: Sequence[ExerciseSession]) -> Said:
    """Load it for sessions that were loaded `with_each_hold`. Three queries, four more where something was corrected."""
    notes = _notes(patient, days, sessions)
    corrected = _corrected([row.pk for row in sessions if row.is_corrected])  # type: ignore[attr-defined]
    signs = RedFlagReport.objects.filter(patient=patient, local_date__range=(days.first, days.last))
    return Said(
        notes=tuple(notes[:NOTES_SHOWN]),
        more_notes=max(0, len(notes) - NOTES_SHOWN),
        warning_signs=tuple(signs.select_related("cleared_by").prefetch_related("signs")),
        corrected=tuple(corrected[:CORRECTED_SHOWN]),
        more_corrected=max(0, len(corrected) - CORRECTED_SHOWN),
        late=tuple(_late(sessions)),
    )


def _notes(patient: Patient, days: Days, sessions: Sequence[ExerciseSession]) -> list[Note]:
    zone = ZoneInfo(patient.time_zone)
    first, beyond = (datetime.combine(day, DAY_START, zone) for day in (days.first, days.last + timedelta(days=1)))
    written = Message.objects.of(patient).from_patients().filter(sent_at__gte=first, sent_at__lt=beyond)
    notes = [Note(local_moment(row.sent_at, patient.time_zone).local_date, row.sent_at, row.body) for row in written]
    notes += [Note(row.local_date, row.started_at, _stopped(row)) for row in sessions if row.stop_reason]
    return sorted(notes, key=lambda note: note.at, reverse=True)


def _stopped(session: ExerciseSession) -> str:
    told = {"reason": session.get_stop_reason_display(), "note": session.stop_note}
    return _("Stopped: %(reason)s. “%(note)s”") % told if session.stop_note else _("Stopped: %(reason)s.") % told


def _corrected(session_ids: Sequence[UUID]) -> list[Corrected]:
    if not session_ids:
        return []
    sessions = list(ExerciseSession.objects.filter(pk__in=session_ids).order_by("-local_date", "-started_at"))
    items = load_records(sessions)
    return [
        Corrected(
            row.local_date,
            row.get_slot_display(),
            _name(item),
            item.recorded.shown or _("not answered"),
            item.now.shown or _("not answered"),
        )
        for row in sessions
        for item in items[row.pk]
        if item.corrections
    ]


def _name(item: Item) -> str:
    rating = item.pain_rating
    if item.what is Correction.What.PAIN and rating:
        told = {"moment": rating.get_moment_display(), "side": rating.get_side_display()}
        return _("pain %(moment)s, %(side)s") % told
    return str(item.what.label)


def _late(sessions: Sequence[ExerciseSession]) -> list[Late]:
    kinds = (
        (_("from paper"), lambda row: row.entry == ExerciseSession.Entry.PAPER),
        (_("entered later, from memory"), lambda row: row.entry == ExerciseSession.Entry.LATER),
        (_("received more than 48 hours later"), lambda row: not row.is_entered_later and came_late(row)),
    )
    found = ((kind, tuple(row for row in sessions if belongs(row))) for kind, belongs in kinds)
    return [Late(kind, rows) for kind, rows in found if rows]

"""What a patient is told about a decision, in the patient's words."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises.models import Decision, Prescription, Stage
from kneecoach.accounts.models import Side

Kind = Decision.Kind


@dataclass(frozen=True)
class Told:
    """One decision as the patient reads it."""

    text: str
    note: str


def told(decision: Decision) -> Told:
    """Put a decision into words. Its prescription, the one that ended, and their stages have to be loaded."""
    row = decision.prescription
    names = {"stage": row.stage, "day": a_day(decision.from_on), "dose": dose_in_words(row)}
    if decision.ended:
        names["ended"] = decision.ended.stage
    if decision.kind == Kind.PAUSED:
        return Told(_pause(decision), decision.note)
    texts = {
        Kind.PRESCRIBED: _("%(stage)s from %(day)s: %(dose)s."),
        Kind.CHANGED: _("%(stage)s changes from %(day)s: %(dose)s."),
        Kind.RESUMED: _("%(stage)s goes on from %(day)s: %(dose)s."),
        Kind.MASTERED: _("%(stage)s is marked as mastered. It is no longer due."),
        Kind.STOPPED: _("%(stage)s has ended. It is no longer due."),
        Kind.MOVED_ON: _("%(ended)s is marked as mastered. From %(day)s: %(stage)s, %(dose)s."),
        Kind.STEPPED_BACK: _("Back to %(stage)s from %(day)s: %(dose)s. %(ended)s has ended for now."),
    }
    # The note of a prescription is read with its stage for as long as it runs, and here once more.
    return Told(texts[Kind(decision.kind)] % names, decision.note or _note_of(decision))


def _note_of(decision: Decision) -> str:
    made = {Kind.PRESCRIBED, Kind.CHANGED, Kind.MOVED_ON, Kind.STEPPED_BACK}
    return decision.prescription.note if decision.kind in made else ""


def _pause(decision: Decision) -> str:
    names = {"stage": decision.prescription.stage, "first": a_day(decision.from_on)}
    if decision.to_on is None:
        return _("%(stage)s rests from %(first)s, until your physiotherapist ends the pause.") % names
    if decision.to_on == decision.from_on:
        return _("%(stage)s rests on %(first)s. Nothing of it is due on this day.") % names
    names["last"] = a_day(decision.to_on)
    return _("%(stage)s rests from %(first)s to %(last)s, both included. Nothing of it is due on these days.") % names


def stages_of(decision: Decision) -> list[Stage]:
    """Return the stages that its words name, to be put into the reader's language first."""
    return [row.stage for row in (decision.prescription, decision.ended) if row]


def dose_in_words(row: Prescription) -> str:
    """Return repetitions, hold, sessions a day, knee, and for a squat how deep."""
    reps = ngettext("%(reps)s repetition", "%(reps)s repetitions", row.reps_target) % {"reps": row.reps_target}
    parts = [
        reps,
        _("hold %(seconds)s s") % {"seconds": row.hold_target_seconds},
        _("once a day") if row.sessions_per_day == 1 else _("twice a day"),
        _("both knees") if row.side == Side.BOTH else _("%(side)s knee") % {"side": row.get_side_display()},
    ]
    if row.depth is not None:
        parts.append(str(row.get_depth_display()))
    return ", ".join(parts)


def a_day(day: date) -> str:
    """Return a day as people say it, in the reader's language."""
    return date_format(day, "j F")

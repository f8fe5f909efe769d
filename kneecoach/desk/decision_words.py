"""What a decision changes, for the physiotherapist who is about to make it and for the record of it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from exercises.access import in_readers_language
from exercises.models import DOSE_FIELDS, Decision, Prescription
from exercises.telling import Told, a_day, dose_in_words, told

Kind = Decision.Kind
COMPARED = ("side", *DOSE_FIELDS, "depth", "depth_pain_limit", "starts_on", "note")


@dataclass(frozen=True)
class Outcome:
    """What some decisions change, what goes on as it is, and what the patient reads."""

    effects: tuple[str, ...]
    unchanged: tuple[str, ...]
    told: tuple[Told, ...]


def outcome_of(decisions: list[Decision]) -> Outcome:
    """Return what decisions of one patient, made a moment ago, come to."""
    about = [key for row in decisions for key in (row.prescription_id, row.ended_id) if key is not None]
    others = Prescription.objects.of(decisions[0].patient).active().exclude(pk__in=about).select_related("stage")
    running = list(others.order_by("stage__number"))
    in_readers_language(row.stage for row in running)
    return Outcome(
        effects=tuple(line for row in decisions for line in effects_of(row)),
        unchanged=tuple(str(row.stage) for row in running),
        told=tuple(told(row) for row in decisions),
    )


def effects_of(decision: Decision) -> list[str]:
    """Return what one decision does, a line for each thing."""
    row, day = decision.prescription, a_day(decision.from_on)
    names = {"stage": row.stage, "day": day, "dose": dose_in_words(row)}
    if decision.kind == Kind.CHANGED:
        before = Prescription.objects.filter(
            patient=row.patient_id, programme=row.programme_id, stage_key=row.stage_key, ended_at=row.prescribed_at
        ).first()
        return [_("%(stage)s from %(day)s: %(dose)s.") % names, *(changes_between(before, row) if before else ())]
    if decision.kind == Kind.PAUSED:
        last = a_day(decision.to_on) if decision.to_on else _("the pause is ended")
        text = _("%(stage)s is not due from %(day)s until %(last)s. These days are in no count.")
        return [text % {**names, "last": last}]
    lines = {
        Kind.PRESCRIBED: [_("%(stage)s from %(day)s: %(dose)s.")],
        Kind.RESUMED: [_("%(stage)s is due again from %(day)s: %(dose)s.")],
        Kind.MASTERED: [
            _("%(stage)s ends as mastered. It is no longer due, and counts for the stages that require it.")
        ],
        Kind.STOPPED: [_("%(stage)s ends. It is no longer due, and does not count as mastered.")],
        Kind.MOVED_ON: [
            _("%(ended)s ends on %(day)s as mastered, and counts for the stages that require it."),
            _("%(stage)s from %(day)s: %(dose)s."),
        ],
        Kind.STEPPED_BACK: [
            _("%(ended)s ends on %(day)s. It does not count as mastered."),
            _("%(stage)s from %(day)s: %(dose)s."),
        ],
    }[Kind(decision.kind)]
    return [line % {**names, "ended": decision.ended and decision.ended.stage} for line in lines]


def changes_between(before: Prescription, after: Prescription) -> list[str]:
    """Return what differs between two prescriptions of a stage, value by value."""
    lines = []
    for name in COMPARED:
        if getattr(before, name) != getattr(after, name):
            label = str(Prescription._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
            lines.append(f"{label}: {_shown(before, name)} → {_shown(after, name)}")
    return lines


def _shown(row: Prescription, name: str) -> str:
    value = getattr(row, f"get_{name}_display")() if name in {"side", "depth"} else getattr(row, name)
    if name == "starts_on":
        return a_day(row.starts_on)
    return "–" if value in {None, ""} else str(value)

"""What a physiotherapist decides about a prescription that runs: pause it, end it, move on from it, step back from it.

Each decision is one row with who, when and why, which the patient is told. Its id comes from the form: decided twice
with one id is decided once. Raises Decision.DoesNotExist for an id that belongs to another patient.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from exercises.models import Decision, Prescription, PrescriptionPause
from exercises.services.prescribing import Prescribing, decided_before, end, make_prescription
from kneecoach.accounts.models import Patient, User

Kind = Decision.Kind
ENDING = {Prescription.EndReason.MASTERED.value: Kind.MASTERED, Prescription.EndReason.STOPPED.value: Kind.STOPPED}


@dataclass(frozen=True)
class Signed:
    """Who decides, when, on which day of the patient, and why; `note` is read by the patient."""

    decision_id: UUID
    by: User
    now: datetime
    today: date
    why: str = ""
    note: str = ""


def end_prescription(
    *,
    prescription: Prescription,
    reason: str,
    on: date,
    by: User,
    now: datetime,
    why: str = "",
    note: str = "",
    decision_id: UUID | None = None,
) -> Prescription:
    """End a prescription as mastered or stopped; `on` is the first day without it. One that has ended stays as it is.

    Raises ValidationError for another reason than these two.
    """
    if reason not in ENDING:
        raise ValidationError(_("A prescription ends as mastered or as stopped."))
    signed = Signed(decision_id=decision_id or uuid4(), by=by, now=now, today=on, why=why, note=note)
    with _deciding(prescription.patient, signed) as standing:
        current = Prescription.objects.get(pk=prescription.pk)
        if standing is None and current.is_active:
            end(current, reason=reason, on=on, by=by, now=now)
            _write(ENDING[reason], current, signed, from_on=on)
        return current


def pause_prescriptions(
    *, prescriptions: Sequence[Prescription], from_on: date, to_on: date | None, signed: Signed
) -> list[Decision]:
    """Pause prescriptions of one patient from a day on, up to and including `to_on`, or until somebody ends the pause.

    Raises ValidationError for a first day that is over, a last day before the first, a prescription that has ended, a
    pause on days that are paused already, and without a why.
    """
    _need_why(signed)
    if from_on < signed.today:
        raise ValidationError({"from_on": _("This day is over. Choose today or a later day.")})
    if to_on and to_on < from_on:
        raise ValidationError({"to_on": _("The last day is not before the first.")})
    made = []
    for prescription in prescriptions:
        own = _own_id(signed, prescription)
        with _deciding(prescription.patient, own) as standing:
            made.append(standing or _pause(prescription, from_on, to_on, own))
    return made


def resume_prescription(*, prescription: Prescription, signed: Signed) -> Decision | None:
    """End the pause that runs, or take back one that is still to come: the prescription is due from today on.

    Changes nothing, and returns None, where there is no pause.
    """
    with _deciding(prescription.patient, signed) as standing:
        if standing:
            return standing
        pause = pause_of(prescription, signed.today)
        if pause is None:
            return None
        if pause.from_on >= signed.today:
            pause.delete()
        else:
            pause.to_on = signed.today - timedelta(days=1)
            pause.save(update_fields=["to_on"])
        return _write(Kind.RESUMED, prescription, signed, from_on=signed.today)


def pause_of(prescription: Prescription, today: date) -> PrescriptionPause | None:
    """Return the pause that runs or is to come next, or None. One query."""
    return prescription.pauses.filter(Q(to_on=None) | Q(to_on__gte=today)).order_by("from_on").first()


def move_on(*, ended: Prescription, asked: Prescribing, signed: Signed) -> Decision:
    """Mark a stage as mastered and prescribe another in one step: both, or neither.

    Raises ValidationError as `prescribe` does, and where the first has ended already.
    """
    return _replace(ended, Kind.MOVED_ON, Prescription.EndReason.MASTERED, asked, signed)


def step_back(*, ended: Prescription, asked: Prescribing, signed: Signed) -> Decision:
    """Stop a stage and prescribe an earlier one in one step: both, or neither.

    Raises ValidationError as `prescribe` does, without a why, and where the first has ended already.
    """
    _need_why(signed)
    if asked.stage.number >= ended.stage.number:
        raise ValidationError({"stage": _("A step back leads to an earlier stage.")})
    return _replace(ended, Kind.STEPPED_BACK, Prescription.EndReason.STOPPED, asked, signed)


def put_away(*, patient: Patient, up_to: datetime, now: datetime) -> None:
    """Write down that the patient has read what was decided up to an instant. Again changes nothing."""
    Decision.objects.of(patient).untold().filter(decided_at__lte=up_to).update(put_away_at=now)


def _replace(
    ended: Prescription, kind: Decision.Kind, reason: Prescription.EndReason, asked: Prescribing, signed: Signed
) -> Decision:
    with _deciding(asked.patient, signed) as standing:
        if standing:
            return standing
        current = Prescription.objects.get(pk=ended.pk, patient=asked.patient)
        if not current.is_active:
            raise ValidationError(_("This stage has ended meanwhile. Look at the page again before you decide."))
        # A stage that starts later leaves no days between: the one before is due until then.
        end(current, reason=reason, on=asked.starts_on, by=signed.by, now=signed.now)
        made = make_prescription(asked, by=signed.by, now=signed.now)
        return _write(kind, made, signed, from_on=made.starts_on, ended=current)


def _pause(prescription: Prescription, from_on: date, to_on: date | None, signed: Signed) -> Decision:
    current = Prescription.objects.get(pk=prescription.pk)
    if not current.is_active:
        raise ValidationError(_("This stage has ended meanwhile. Look at the page again before you decide."))
    later = Q(to_on=None) | Q(to_on__gte=from_on)
    earlier = Q(from_on__lte=to_on) if to_on else Q()
    if current.pauses.filter(later & earlier).exists():
        raise ValidationError({"from_on": _("Some of these days are paused already. End that pause first.")})
    PrescriptionPause.objects.create(prescription=current, from_on=from_on, to_on=to_on)
    return _write(Kind.PAUSED, current, signed, from_on=from_on, to_on=to_on)


@contextmanager
def _deciding(patient: Patient, signed: Signed) -> Iterator[Decision | None]:
    """Lock the patient, and find what was decided under this id before."""
    with transaction.atomic():
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        yield decided_before(patient, signed.decision_id)


def _own_id(signed: Signed, prescription: Prescription) -> Signed:
    """Return the same for one of several prescriptions, each of which has a decision of its own."""
    return replace(signed, decision_id=uuid5(signed.decision_id, str(prescription.pk)))


def _need_why(signed: Signed) -> None:
    if not signed.why.strip():
        raise ValidationError({"why": _("Say in a few words why.")})


def _write(kind: Decision.Kind, prescription: Prescription, signed: Signed, **facts: object) -> Decision:
    return Decision.objects.create(
        id=signed.decision_id,
        patient_id=prescription.patient_id,
        kind=kind,
        prescription=prescription,
        why=signed.why.strip(),
        note=signed.note.strip(),
        decided_by=signed.by,
        decided_at=signed.now,
        **facts,
    )

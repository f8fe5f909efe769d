"""What happens to prescriptions, one verb each. Every one is keyword-only, checks first, writes in one transaction."""

from dataclasses import asdict
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises import rules
from exercises.models import Depth, Prescription, Stage
from kneecoach.accounts.models import ClinicSettings, Patient, User


def stage_gate(*, patient: Patient, stage: Stage) -> rules.StageGate:
    """Return whether this patient may be given this stage, with the keys of the stages still missing."""
    required = list(stage.requires.order_by("number").values_list("key", flat=True))
    if not required:
        return rules.stage_gate((), ())
    mastered = (
        Prescription.objects.of(patient)
        .mastered()
        .filter(programme=stage.version.programme)
        .values_list("stage_key", flat=True)
    )
    return rules.stage_gate(required, mastered)


def check_prescription(
    *,
    patient: Patient,
    stage: Stage,
    dose: rules.Dose,
    depth: rules.SquatDepth | None = None,
    override_reason: str = "",
) -> None:
    """Tell what stands against a prescription.

    Raises ValidationError, keyed by form field, for a dose out of bounds, for a squat without a depth or more than one
    rung deeper than the last, for a version that is not published, for a stage whose gate is closed and was not
    overridden with a reason where the clinic allows it.
    """
    _check_dose(dose)
    if stage.version.status != stage.version.Status.PUBLISHED:
        raise ValidationError({"stage": _("This version of the programme is not published.")})
    _check_gate(patient=patient, stage=stage, override_reason=override_reason.strip())
    _check_depth(patient=patient, stage=stage, depth=depth)


def prescribe(
    *,
    patient: Patient,
    stage: Stage,
    dose: rules.Dose,
    side: str,
    starts_on: date,
    by: User,
    now: datetime,
    depth: rules.SquatDepth | None = None,
    note: str = "",
    override_reason: str = "",
) -> Prescription:
    """Assign a stage to a patient. An active prescription of the same stage is superseded.

    Raises ValidationError as `check_prescription` does.
    """
    check_prescription(patient=patient, stage=stage, dose=dose, depth=depth, override_reason=override_reason)
    with transaction.atomic():
        # The patient's row is the lock: two prescriptions made at once cannot both supersede.
        Patient.objects.select_for_update().get(pk=patient.pk)
        # One that is superseded from a later day is still due until then, so it makes way as well.
        still_due = Q(ended_on=None) | Q(end_reason=Prescription.EndReason.SUPERSEDED, ended_on__gt=starts_on)
        for current in Prescription.objects.of(patient).filter(
            still_due, programme=stage.version.programme, stage_key=stage.key
        ):
            _end(current, reason=Prescription.EndReason.SUPERSEDED, on=starts_on, by=by, now=now)
        return Prescription.objects.create(
            patient=patient,
            stage=stage,
            programme=stage.version.programme,
            stage_key=stage.key,
            side=side,
            depth=depth.rung if depth else None,
            depth_pain_limit=depth.pain_limit if depth else None,
            starts_on=starts_on,
            note=note.strip(),
            override_reason=override_reason.strip(),
            prescribed_by=by,
            prescribed_at=now,
            **asdict(dose),
        )


def end_prescription(*, prescription: Prescription, reason: str, on: date, by: User, now: datetime) -> Prescription:
    """End a prescription as mastered or stopped. One that has ended already stays as it is.

    Raises ValidationError for another reason than these two.
    """
    if reason not in {Prescription.EndReason.MASTERED, Prescription.EndReason.STOPPED}:
        raise ValidationError(_("A prescription ends as mastered or as stopped."))
    with transaction.atomic():
        current = Prescription.objects.select_for_update().get(pk=prescription.pk)
        if current.is_active:
            _end(current, reason=reason, on=on, by=by, now=now)
        return current


def _end(prescription: Prescription, *, reason: str, on: date, by: User, now: datetime) -> None:
    prescription.ended_on = on
    prescription.end_reason = reason
    prescription.ended_by = by
    prescription.ended_at = now
    prescription.save(update_fields=["ended_on", "end_reason", "ended_by", "ended_at"])


def _check_dose(dose: rules.Dose) -> None:
    faults = rules.dose_faults(dose)
    if faults:
        raise ValidationError(
            {
                fault.field: _("Between %(lowest)s and %(highest)s.")
                % {"lowest": fault.lowest, "highest": fault.highest}
                for fault in faults
            }
        )


def _check_depth(*, patient: Patient, stage: Stage, depth: rules.SquatDepth | None) -> None:
    if not stage.is_squat:
        if depth:
            raise ValidationError({"depth": _("Only a squat has a depth.")})
        return
    if depth is None or depth.rung not in Depth.values:
        raise ValidationError({"depth": _("Choose how deep the squat may be.")})
    if not rules.PAIN_LIMIT_LOWEST <= depth.pain_limit <= rules.PAIN_LIMIT_HIGHEST:
        raise ValidationError({"depth_pain_limit": _("Pain is a whole number from 0 to 10.")})
    last = last_depth(patient=patient, stage=stage)
    if last is not None and depth.rung > rules.deepest_next(last):
        text = _("One rung at a time: the last was “%(last)s”, so the deepest now is “%(next)s”.")
        raise ValidationError(
            {"depth": text % {"last": Depth(last).label, "next": Depth(rules.deepest_next(last)).label}}
        )


def last_depth(*, patient: Patient, stage: Stage) -> int | None:
    """Return the rung of the squat that was last prescribed to a patient, or None."""
    squats = Prescription.objects.of(patient).filter(programme=stage.version.programme, stage_key=stage.key)
    return squats.exclude(depth=None).order_by("-prescribed_at").values_list("depth", flat=True).first()


def _check_gate(*, patient: Patient, stage: Stage, override_reason: str) -> None:
    gate = stage_gate(patient=patient, stage=stage)
    if gate.is_open:
        return
    missing = Stage.objects.filter(version=stage.version, key__in=gate.missing).order_by("number")
    numbers = [str(row.number) for row in missing]
    text = ngettext(
        "Stage %(stage)s opens when stage %(missing)s is marked as mastered for %(patient)s.",
        "Stage %(stage)s opens when stages %(missing)s are marked as mastered for %(patient)s.",
        len(numbers),
    ) % {"stage": stage.number, "missing": _(" and ").join(numbers), "patient": patient.name}
    if not ClinicSettings.load().allows_stage_override:
        raise ValidationError({"stage": text})
    if not override_reason:
        raise ValidationError({"override_reason": text + " " + _("To prescribe it earlier, write the reason here.")})

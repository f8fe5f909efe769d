"""Prescribing a stage, and what stands against it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises import rules
from exercises.models import Decision, Depth, Prescription, Stage
from exercises.services.eligibility import is_confirmed
from kneecoach.accounts.models import ClinicSettings, Patient, User


@dataclass(frozen=True)
class Prescribing:
    """A stage as it is to be given to a patient."""

    patient: Patient
    stage: Stage
    dose: rules.Dose
    side: str
    starts_on: date
    depth: rules.SquatDepth | None = None
    note: str = ""
    override_reason: str = ""


def stage_gate(*, patient: Patient, stage: Stage, mastering: Iterable[str] = ()) -> rules.StageGate:
    """Return whether this patient may be given this stage, with the keys of the stages still missing.

    `mastering`: keys of stages that are marked as mastered in the same step.
    """
    required = list(stage.requires.order_by("number").values_list("key", flat=True))
    if not required:
        return rules.stage_gate((), ())
    mastered = (
        Prescription.objects.of(patient)
        .mastered()
        .filter(programme=stage.version.programme)
        .values_list("stage_key", flat=True)
    )
    return rules.stage_gate(required, (*mastered, *mastering))


def check_prescription(asked: Prescribing, *, mastering: Iterable[str] = ()) -> None:
    """Tell what stands against a prescription.

    Raises ValidationError, keyed by form field, for a dose out of bounds, for a squat without a depth or more than one
    rung deeper than the last, for a version that is not published, for a stage whose gate is closed and was not
    overridden with a reason where the clinic allows it. `mastering`: as of `stage_gate`.
    """
    _check_dose(asked.dose)
    if asked.stage.version.status != asked.stage.version.Status.PUBLISHED:
        raise ValidationError({"stage": _("This version of the programme is not published.")})
    _check_gate(asked, mastering)
    _check_depth(patient=asked.patient, stage=asked.stage, depth=asked.depth)


def prescribe(
    asked: Prescribing, *, by: User, now: datetime, why: str = "", decision_id: UUID | None = None
) -> Prescription:
    """Assign a stage to a patient. An active prescription of the same stage is superseded.

    The same `decision_id` again changes nothing. Raises ValidationError as `check_prescription` does, and before
    everything that exercises.eligibility names is confirmed; Decision.DoesNotExist for an id about somebody else.
    """
    decision_id = decision_id or uuid4()
    with transaction.atomic():
        # The patient's row is the lock: two prescriptions made at once cannot both supersede.
        Patient.objects.select_for_update(of=("self",)).get(pk=asked.patient.pk)
        standing = decided_before(asked.patient, decision_id)
        if standing:
            return standing.prescription
        is_change = bool(running_of(asked))
        made = make_prescription(asked, by=by, now=now)
        Decision.objects.create(
            id=decision_id,
            patient=asked.patient,
            kind=Decision.Kind.CHANGED if is_change else Decision.Kind.PRESCRIBED,
            prescription=made,
            from_on=made.starts_on,
            why=why.strip(),
            decided_by=by,
            decided_at=now,
        )
        return made


def make_prescription(asked: Prescribing, *, by: User, now: datetime) -> Prescription:
    """Write the prescription, and end those of the same stage that it supersedes. The patient has to be locked.

    Raises ValidationError as `prescribe` does.
    """
    if not is_confirmed(asked.patient):
        raise ValidationError(_("Confirm what has to hold before the first stage."))
    check_prescription(asked)
    for current in running_of(asked):
        end(current, reason=Prescription.EndReason.SUPERSEDED, on=asked.starts_on, by=by, now=now)
    return Prescription.objects.create(
        patient=asked.patient,
        stage=asked.stage,
        programme=asked.stage.version.programme,
        stage_key=asked.stage.key,
        side=asked.side,
        depth=asked.depth.rung if asked.depth else None,
        depth_pain_limit=asked.depth.pain_limit if asked.depth else None,
        starts_on=asked.starts_on,
        note=asked.note.strip(),
        override_reason=asked.override_reason.strip(),
        prescribed_by=by,
        prescribed_at=now,
        **asdict(asked.dose),
    )


def running_of(asked: Prescribing) -> list[Prescription]:
    """Return the prescriptions of the same stage that this one supersedes. One query."""
    # One that is superseded from a later day is still due until then, so it makes way as well.
    still_due = Q(ended_on=None) | Q(end_reason=Prescription.EndReason.SUPERSEDED, ended_on__gt=asked.starts_on)
    own = Prescription.objects.of(asked.patient).filter(
        programme=asked.stage.version.programme, stage_key=asked.stage.key
    )
    return list(own.filter(still_due))


def decided_before(patient: Patient, decision_id: UUID) -> Decision | None:
    """Return the decision that has this id already. Raises Decision.DoesNotExist for one about somebody else."""
    standing = Decision.objects.filter(pk=decision_id).select_related("prescription").first()
    if standing and standing.patient_id != patient.pk:
        raise Decision.DoesNotExist
    return standing


def end(prescription: Prescription, *, reason: str, on: date, by: User, now: datetime) -> None:
    """Write down that a prescription ends: `on` is the first day on which it is not due any more."""
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


def _check_gate(asked: Prescribing, mastering: Iterable[str]) -> None:
    patient, stage = asked.patient, asked.stage
    gate = stage_gate(patient=patient, stage=stage, mastering=mastering)
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
    if not asked.override_reason.strip():
        raise ValidationError({"override_reason": text + " " + _("To prescribe it earlier, write the reason here.")})

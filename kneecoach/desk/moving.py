"""Moving patients to a new version of the programme: the same dose where it fits, told to each of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from exercises.models import Prescription, ProgrammeVersion, Stage
from exercises.rules import SquatDepth, fits, stage_gate
from exercises.services import Prescribing, prescribe
from kneecoach.accounts.models import Patient, User
from progress.facts import moment_of
from progress.services import send_message


@dataclass(frozen=True)
class Move:
    """What would become of one prescription of an older version. With `reason` it stays; in words for the physio."""

    prescription: Prescription
    stage: Stage | None
    reason: str = ""


def load_moves(version: ProgrammeVersion) -> list[Move]:
    """Return every prescription that runs from another version of the same programme, by patient. Four queries."""
    rows = list(
        Prescription.objects.active()
        .filter(programme=version.programme_id, patient__stopped_why="")
        .exclude(stage__version=version)
        .select_related("patient__eligibility", "stage__version")
        .order_by("patient__name", "patient_id", "stage__number")
    )
    stages = {row.key: row for row in version.stages.select_related("version__programme").prefetch_related("requires")}
    mastered: defaultdict[UUID, set[str]] = defaultdict(set)
    for patient_id, key in (
        Prescription.objects.mastered()
        .filter(programme=version.programme_id, patient__in={row.patient_id for row in rows})
        .values_list("patient_id", "stage_key")
    ):
        mastered[patient_id].add(key)
    return [_plan(row, stages.get(row.stage_key), mastered[row.patient_id]) for row in rows]


def move_patients(
    *, version: ProgrammeVersion, patient_ids: Iterable[UUID], reason: str, by: User, now: datetime
) -> list[Patient]:
    """Give patients what they have from this version: the same stage, knee and dose, from today. Return who was moved.

    Whatever does not fit stays as it is. Each patient is told in a message, with the reason. Moved again nothing
    happens. Raises ValidationError for a version that is not published, and without a reason.
    """
    if version.status != version.Status.PUBLISHED:
        raise ValidationError(_("This version of the programme is not published."))
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say in a sentence why: the patients read it.")})
    wanted, moved = set(patient_ids), {}
    with transaction.atomic():
        list(Patient.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
        for move in load_moves(version):
            row = move.prescription
            if row.patient_id in wanted and move.stage and not move.reason:
                _give(row, move.stage, reason, by, now)
                moved[row.patient_id] = row.patient
        for patient in moved.values():
            _tell(patient, version, reason, by, now)
    return list(moved.values())


def _plan(row: Prescription, stage: Stage | None, mastered: set[str]) -> Move:
    if stage is None:
        return Move(row, None, _("This version has no such stage."))
    if stage.is_squat != row.stage.is_squat or stage.is_one_legged != row.stage.is_one_legged:
        return Move(row, stage, _("The stage is another exercise now."))
    if not fits(row.dose, stage.dose):
        return Move(row, stage, _("The dose lies outside the bounds of this version."))
    if not hasattr(row.patient, "eligibility"):
        return Move(row, stage, _("What has to hold before the first stage is not confirmed yet."))
    required = sorted(stage.requires.all(), key=lambda one: one.number)
    gate = stage_gate([one.key for one in required], mastered)
    if not gate.is_open:
        names = ", ".join(str(one) for one in required if one.key in gate.missing)
        return Move(row, stage, _("It requires what is not mastered: %(stages)s.") % {"stages": names})
    return Move(row, stage)


def _give(row: Prescription, stage: Stage, reason: str, by: User, now: datetime) -> None:
    today = moment_of(row.patient, now).local_date
    asked = replace(_asked(row, stage), starts_on=max(row.starts_on, today))
    prescribe(asked, by=by, now=now, why=reason, decision_id=uuid5(row.patient_id, f"{row.pk} to stage {stage.pk}"))


def _asked(row: Prescription, stage: Stage) -> Prescribing:
    """Return what a prescription says, of another stage."""
    return Prescribing(
        patient=row.patient,
        stage=stage,
        dose=row.dose,
        side=row.side,
        starts_on=row.starts_on,
        depth=_depth(row),
        note=row.note,
    )


def _depth(row: Prescription) -> SquatDepth | None:
    return None if row.depth is None or row.depth_pain_limit is None else SquatDepth(row.depth, row.depth_pain_limit)


def _tell(patient: Patient, version: ProgrammeVersion, reason: str, by: User, now: datetime) -> None:
    text = _(
        "Your exercises now follow version %(number)s of “%(title)s”. Your numbers stay as they were. %(reason)s"
    ) % {
        "number": version.number,
        "title": version.programme.title,
        "reason": reason,
    }
    send_message(
        patient=patient,
        message_id=uuid5(patient.pk, f"moved to version {version.pk} {now.isoformat()}"),
        body=text[:1000],
        author=by,
        is_from_patient=False,
        now=now,
    )

"""What to do: the programme as versioned data, and what was prescribed to whom."""

from exercises.models.decision import Decision
from exercises.models.depth import Depth
from exercises.models.dose import DOSE_FIELDS, Dosed
from exercises.models.eligibility import Eligibility
from exercises.models.prescription import Prescription, PrescriptionPause
from exercises.models.programme import (
    Programme,
    ProgrammeText,
    ProgrammeTranslation,
    ProgrammeVersion,
    RepPhase,
    Stage,
    StageRequirement,
    Tip,
    Topic,
)

__all__ = [
    "DOSE_FIELDS",
    "Decision",
    "Depth",
    "Dosed",
    "Eligibility",
    "Prescription",
    "PrescriptionPause",
    "Programme",
    "ProgrammeText",
    "ProgrammeTranslation",
    "ProgrammeVersion",
    "RepPhase",
    "Stage",
    "StageRequirement",
    "Tip",
    "Topic",
]

"""What happens to programmes and prescriptions, one verb each.

Every one is keyword-only, checks first, and writes in one transaction.
"""

from exercises.services.deciding import (
    Signed,
    end_prescription,
    move_on,
    pause_of,
    pause_prescriptions,
    put_away,
    resume_prescription,
    step_back,
)
from exercises.services.eligibility import confirm_eligibility, is_confirmed
from exercises.services.prescribing import Prescribing, check_prescription, last_depth, prescribe, stage_gate

__all__ = [
    "Prescribing",
    "Signed",
    "check_prescription",
    "confirm_eligibility",
    "end_prescription",
    "is_confirmed",
    "last_depth",
    "move_on",
    "pause_of",
    "pause_prescriptions",
    "prescribe",
    "put_away",
    "resume_prescription",
    "stage_gate",
    "step_back",
]

"""What was done: sessions, sets, repetitions, pain, corrections. Missing, zero, prescribed and done are different."""

from progress.models.alerts import Alert, AlertEvidence
from progress.models.checks import MorningCheck, WeeklyCheck
from progress.models.corrections import Correction
from progress.models.messages import BODY_LONGEST, Message
from progress.models.pain import MOMENTS, PAIN_HIGHEST, PAIN_LOWEST, PainRating, RedFlagReport, RedFlagSign
from progress.models.readiness import ReadinessCriterion, ReadinessEvaluation, StageRequest
from progress.models.reps import Rep, RepConflict, RepResult
from progress.models.rule_sets import RuleSet
from progress.models.sessions import EFFORT_HIGHEST, EFFORT_LOWEST, ExerciseSession, ExerciseSet, Slot

__all__ = [
    "BODY_LONGEST",
    "EFFORT_HIGHEST",
    "EFFORT_LOWEST",
    "MOMENTS",
    "PAIN_HIGHEST",
    "PAIN_LOWEST",
    "Alert",
    "AlertEvidence",
    "Correction",
    "ExerciseSession",
    "ExerciseSet",
    "Message",
    "MorningCheck",
    "PainRating",
    "ReadinessCriterion",
    "ReadinessEvaluation",
    "RedFlagReport",
    "RedFlagSign",
    "Rep",
    "RepConflict",
    "RepResult",
    "RuleSet",
    "Slot",
    "StageRequest",
    "WeeklyCheck",
]

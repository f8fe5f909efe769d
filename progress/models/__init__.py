"""What was done: sessions, sets, repetitions, pain, corrections. Missing, zero, prescribed and done are different."""

from progress.models.corrections import Correction
from progress.models.pain import MOMENTS, PAIN_HIGHEST, PAIN_LOWEST, PainRating, RedFlagReport
from progress.models.reps import Rep, RepConflict, RepResult
from progress.models.sessions import EFFORT_HIGHEST, EFFORT_LOWEST, ExerciseSession, ExerciseSet, Slot

__all__ = [
    "EFFORT_HIGHEST",
    "EFFORT_LOWEST",
    "MOMENTS",
    "PAIN_HIGHEST",
    "PAIN_LOWEST",
    "Correction",
    "ExerciseSession",
    "ExerciseSet",
    "PainRating",
    "RedFlagReport",
    "Rep",
    "RepConflict",
    "RepResult",
    "Slot",
]

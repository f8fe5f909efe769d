"""The dose: columns and bounds that a stage proposes and a prescription fixes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exercises import rules

DOSE_FIELDS = (
    "reps_min",
    "reps_max",
    "reps_target",
    "hold_min_seconds",
    "hold_max_seconds",
    "hold_target_seconds",
    "sessions_per_day",
)


class Dosed(models.Model):
    """Columns and bounds of a dose, shared by the stage that proposes it and the prescription that fixes it."""

    reps_min = models.PositiveSmallIntegerField(_("fewest repetitions"))
    reps_max = models.PositiveSmallIntegerField(_("most repetitions"))
    reps_target = models.PositiveSmallIntegerField(_("repetitions"))
    hold_min_seconds = models.PositiveSmallIntegerField(_("shortest hold, seconds"))
    hold_max_seconds = models.PositiveSmallIntegerField(_("longest hold, seconds"))
    hold_target_seconds = models.PositiveSmallIntegerField(_("hold, seconds"))
    sessions_per_day = models.PositiveSmallIntegerField(_("sessions a day"))

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(
                    reps_min__gte=rules.REPS_LOWEST,
                    reps_min__lte=F("reps_max"),
                    reps_max__lte=rules.REPS_HIGHEST,
                    reps_target__gte=F("reps_min"),
                    reps_target__lte=F("reps_max"),
                ),
                name="%(class)s_reps_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(
                    hold_min_seconds__gte=rules.HOLD_SHORTEST_SECONDS,
                    hold_min_seconds__lte=F("hold_max_seconds"),
                    hold_max_seconds__lte=rules.HOLD_LONGEST_SECONDS,
                    hold_target_seconds__gte=F("hold_min_seconds"),
                    hold_target_seconds__lte=F("hold_max_seconds"),
                ),
                name="%(class)s_hold_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(
                    sessions_per_day__gte=rules.SESSIONS_PER_DAY_LOWEST,
                    sessions_per_day__lte=rules.SESSIONS_PER_DAY_HIGHEST,
                ),
                name="%(class)s_sessions_in_bounds",
            ),
        )

    @property
    def dose(self) -> rules.Dose:
        """Return the dose as a value."""
        return rules.Dose(**{field: getattr(self, field) for field in DOSE_FIELDS})

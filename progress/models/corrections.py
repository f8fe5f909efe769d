"""Corrections: what a patient says later about something that was recorded. Both stay, and both are shown."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exercises.models import Depth
from progress.models.pain import PAIN_HIGHEST, PAIN_LOWEST, PainRating
from progress.models.sessions import EFFORT_HIGHEST, EFFORT_LOWEST, ExerciseSession, ExerciseSet
from progress.rules.reps import NUMBER_HIGHEST

_IS_PAIN = Q(what="pain", exercise_set=None, pain_rating__isnull=False)
_IS_EFFORT = Q(what="effort", exercise_set=None, pain_rating=None)


def _of_set(what: str) -> Q:
    return Q(what=what, exercise_set__isnull=False, pain_rating=None)


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """The vocabulary of corrections."""

    def of_reps(self, **where: object) -> "CorrectionQuerySet":
        """Return those of how many repetitions were held, the one that counts first."""
        return self.filter(what=Correction.What.REPS, **where).order_by("-corrected_at", "-pk")


class Correction(models.Model):
    """One value said anew. The newest counts; what was recorded first is never overwritten.

    `value` is a number (repetitions, pain, effort, a rung of the depth), null for "not known"; `felt` stands in for it
    where the question was whether the muscle was felt.
    """

    class What(models.TextChoices):
        """What is corrected."""

        REPS = "reps", _("repetitions held")
        FELT = "felt", _("felt the muscle")
        DEPTH = "depth", _("depth")
        PAIN = "pain", _("pain")
        EFFORT = "effort", _("effort")

    exercise_session = models.ForeignKey(
        ExerciseSession, models.PROTECT, related_name="corrections", verbose_name=_("session")
    )
    exercise_set = models.ForeignKey(
        ExerciseSet, models.PROTECT, null=True, related_name="corrections", verbose_name=_("set")
    )
    pain_rating = models.ForeignKey(
        PainRating, models.PROTECT, null=True, related_name="corrections", verbose_name=_("pain rating")
    )
    what = models.CharField(_("what"), max_length=6, choices=What)
    value = models.PositiveSmallIntegerField(_("corrected value"), null=True)
    felt = models.CharField(_("felt the muscle"), max_length=6, choices=ExerciseSet.Felt, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("corrected by")
    )
    corrected_at = models.DateTimeField(_("corrected"))

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("corrected_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(_of_set("reps"), felt="", value__isnull=False, value__lte=NUMBER_HIGHEST)
                | Q(_of_set("felt"), value=None, felt__in=ExerciseSet.Felt.values)
                | Q(_of_set("depth"), felt="", value__isnull=False, value__in=Depth.values)
                | Q(_IS_PAIN, felt="") & (Q(value=None) | Q(value__gte=PAIN_LOWEST, value__lte=PAIN_HIGHEST))
                | Q(_IS_EFFORT, felt="") & (Q(value=None) | Q(value__gte=EFFORT_LOWEST, value__lte=EFFORT_HIGHEST)),
                name="correction_fits_what_it_corrects",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.shown}"

    @property
    def shown(self) -> str:
        """Return the new value in words; empty for "not known"."""
        if self.what == self.What.FELT:
            return self.get_felt_display()
        if self.value is None:
            return ""
        return str(Depth(self.value).label) if self.what == self.What.DEPTH else str(self.value)

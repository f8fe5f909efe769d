"""Repetitions, and what another device said about one that stands already."""

import uuid
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from progress.models.sessions import ExerciseSet
from progress.rules import reps as rep_rules


class RepQuerySet(models.QuerySet["Rep"]):
    """The vocabulary of repetitions."""

    def standing(self) -> "RepQuerySet":
        """Return those that count: not taken back."""
        return self.filter(voided_at=None)


class RepResult(models.Model):
    """What a phone says about one repetition; shared by the repetition that counts and one that came too late."""

    class Outcome(models.TextChoices):
        """How it ended."""

        OK = rep_rules.Outcome.OK, _("held")
        SHORT = rep_rules.Outcome.SHORT, _("held too short")
        SKIPPED = rep_rules.Outcome.SKIPPED, _("skipped")
        STOPPED_PAIN = rep_rules.Outcome.STOPPED_PAIN, _("stopped, it hurt")

    class Method(models.TextChoices):
        """How it was taken down. The clock times what the patient was led through, not the muscle."""

        GUIDED = "guided", _("led by the clock")
        AUDIO = "audio", _("led by sound")
        TAP = "tap", _("tapped")
        MANUAL = "manual", _("ticked by hand")

    number = models.PositiveSmallIntegerField(_("number"))
    held_ms = models.PositiveIntegerField(_("held, ms"), null=True, blank=True)
    paused_ms = models.PositiveIntegerField(_("paused, ms"), default=0)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    method = models.CharField(_("method"), max_length=6, choices=Method)
    done_at = models.DateTimeField(_("done"))
    received_at = models.DateTimeField(_("received"))
    is_clock_suspect = models.BooleanField(_("phone clock was wrong"), default=False)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(number__gte=rep_rules.NUMBER_LOWEST, number__lte=rep_rules.NUMBER_HIGHEST),
                name="%(class)s_number_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(held_ms=None) | Q(held_ms__gte=0, held_ms__lte=rep_rules.HELD_LONGEST_MS),
                name="%(class)s_held_in_bounds",
            ),
        )


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Rep(RepResult):
    """One attempt at one repetition. Its id is minted by the phone and is unique for ever."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exercise_set = models.ForeignKey(ExerciseSet, models.CASCADE, related_name="reps", verbose_name=_("set"))
    voided_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = RepQuerySet.as_manager()

    class Meta(RepResult.Meta):
        verbose_name = _("repetition")
        verbose_name_plural = _("repetitions")
        ordering = ("exercise_set_id", "number", "received_at")
        constraints = (
            *RepResult.Meta.constraints,
            models.UniqueConstraint(
                fields=("exercise_set", "number"), condition=Q(voided_at=None), name="rep_number_unique_while_it_stands"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class RepConflict(RepResult):
    """What another device said about a repetition that already stands. Kept and shown, never counted."""

    rep = models.ForeignKey(Rep, models.CASCADE, related_name="conflicts", verbose_name=_("repetition that counts"))
    claimed_id = models.UUIDField()

    class Meta(RepResult.Meta):
        verbose_name = _("conflicting repetition")
        verbose_name_plural = _("conflicting repetitions")
        ordering = ("rep_id", "received_at")
        constraints = (
            *RepResult.Meta.constraints,
            # The same claim sent again is still one conflict.
            models.UniqueConstraint(
                fields=("rep", "claimed_id", "number", "held_ms", "paused_ms", "outcome", "method"),
                nulls_distinct=False,
                name="repconflict_claim_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"

"""What was done: sessions, sets, repetitions, pain. Missing, zero, prescribed and done are different things here."""

import uuid
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from exercises.models import Prescription, Stage
from kneecoach.accounts.models import Patient, Side
from progress.rules import reps as rep_rules
from progress.rules.days import Slot as SlotRule

PAIN_LOWEST, PAIN_HIGHEST = 0, 10
MOMENTS = ("before", "worst", "after", "hour_later", "morning", "week_worst", "week_usual")


class Slot(models.TextChoices):
    """A planned occasion of a local day, or one besides."""

    MORNING = SlotRule.MORNING, _("morning")
    EVENING = SlotRule.EVENING, _("evening")
    EXTRA = SlotRule.EXTRA, _("extra")


class ExerciseSessionQuerySet(models.QuerySet["ExerciseSession"]):
    """The vocabulary of sessions."""

    def of(self, patient: Patient) -> "ExerciseSessionQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def unfinished(self) -> "ExerciseSessionQuerySet":
        """Return those that nobody has brought to an end."""
        return self.filter(ended_at=None)

    def with_counts(self) -> "ExerciseSessionQuerySet":
        """Add each set with its repetitions really done. Two queries however many rows."""
        return self.prefetch_related(Prefetch("sets", ExerciseSet.objects.with_counts()))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ExerciseSession(models.Model):
    """One sitting that fills a slot, or is extra. Day, zone and slot are frozen when it starts."""

    class StopReason(models.TextChoices):
        """Why a session was stopped before its end."""

        PAIN = "pain", _("it hurts")
        TIRED = "tired", _("too tired")
        INTERRUPTED = "interrupted", _("something came up")
        OTHER = "other", _("another reason")
        RED_FLAG = "red_flag", _("a warning sign")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="exercise_sessions", verbose_name=_("patient"))
    local_date = models.DateField(_("day"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    utc_offset_minutes = models.SmallIntegerField()
    slot = models.CharField(_("slot"), max_length=7, choices=Slot)
    started_at = models.DateTimeField(_("started"))
    is_safe = models.BooleanField(_("no warning sign"), null=True)
    stop_reason = models.CharField(_("stopped because"), max_length=11, choices=StopReason, blank=True)
    stop_note = models.CharField(_("in their words"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The last time a stop or an early finish was taken back: what was asked after the exercises is asked again.
    resumed_at = models.DateTimeField(_("gone on with"), null=True, blank=True)

    objects = ExerciseSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-started_at", "id")
        indexes = (models.Index(fields=("patient", "-local_date"), name="session_patient_day"),)
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "local_date", "slot"), condition=~Q(slot="extra"), name="session_one_per_slot"
            ),
            models.CheckConstraint(condition=Q(slot__in=Slot.values), name="session_slot_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="session_ends_after_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.get_slot_display()}"


class ExerciseSetQuerySet(models.QuerySet["ExerciseSet"]):
    """The vocabulary of sets."""

    def with_counts(self) -> "ExerciseSetQuerySet":
        """Add `reps_done` (held as planned) and `reps_recorded`, and the stage; in order."""
        standing = Q(reps__voided_at=None)
        return (
            self.select_related("stage")
            .annotate(
                reps_done=Count("reps", filter=standing & Q(reps__outcome=Rep.Outcome.OK)),
                reps_recorded=Count("reps", filter=standing),
            )
            # Grouping drops the order of Meta.
            .order_by("exercise_session", "order")
        )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ExerciseSet(models.Model):
    """One block of repetitions: one prescription, one side. Holds copies of the targets it was done against."""

    class Felt(models.TextChoices):
        """Did you feel the muscle work?"""

        YES = "yes", _("yes")
        UNSURE = "unsure", _("not sure")
        NO = "no", _("no")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exercise_session = models.ForeignKey(
        ExerciseSession, models.CASCADE, related_name="sets", verbose_name=_("session")
    )
    order = models.PositiveSmallIntegerField()
    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="+", verbose_name=_("prescription"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage"))
    side = models.CharField(_("knee"), max_length=5, choices=Side)
    reps_min = models.PositiveSmallIntegerField(_("fewest repetitions"))
    reps_max = models.PositiveSmallIntegerField(_("most repetitions"))
    reps_target = models.PositiveSmallIntegerField(_("repetitions prescribed"))
    hold_target_ms = models.PositiveIntegerField(_("hold prescribed, ms"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    felt_muscle = models.CharField(_("felt the muscle"), max_length=6, choices=Felt, blank=True)

    objects = ExerciseSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("set")
        verbose_name_plural = _("sets")
        ordering = ("exercise_session", "order")
        constraints = (
            models.UniqueConstraint(fields=("exercise_session", "order"), name="set_order_unique"),
            models.UniqueConstraint(fields=("exercise_session", "prescription", "side"), name="set_side_unique"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="set_side_known"),
            models.CheckConstraint(condition=Q(felt_muscle__in=("", "yes", "unsure", "no")), name="set_felt_known"),
            models.CheckConstraint(
                condition=Q(reps_min__gte=1, reps_min__lte=F("reps_target"), reps_target__lte=F("reps_max")),
                name="set_reps_in_bounds",
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="targets_never_updated",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "exercise_session",
                    "prescription",
                    "stage",
                    "side",
                    "reps_min",
                    "reps_max",
                    "reps_target",
                    "hold_target_ms",
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage}, {self.get_side_display()}"


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
        ordering = ("exercise_set", "number", "received_at")
        constraints = (
            *RepResult.Meta.constraints,
            models.UniqueConstraint(
                fields=("exercise_set", "number"), condition=Q(voided_at=None), name="rep_number_unique_while_it_stands"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"


class RepConflict(RepResult):
    """What another device said about a repetition that already stands. Kept and shown, never counted."""

    rep = models.ForeignKey(Rep, models.CASCADE, related_name="conflicts", verbose_name=_("repetition that counts"))
    claimed_id = models.UUIDField()

    class Meta(RepResult.Meta):
        verbose_name = _("conflicting repetition")
        verbose_name_plural = _("conflicting repetitions")
        ordering = ("rep", "received_at")
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


class PainRatingQuerySet(models.QuerySet["PainRating"]):
    """The vocabulary of pain ratings."""

    def of(self, patient: Patient) -> "PainRatingQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def answered(self) -> "PainRatingQuerySet":
        """Return those with a number, zero included."""
        return self.filter(status=PainRating.Status.ANSWERED)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class PainRating(models.Model):
    """Pain from 0 to 10 at one moment in one knee. Skipped is a row without a number; not asked is no row."""

    class Moment(models.TextChoices):
        """When it was asked for."""

        BEFORE = "before", _("before")
        WORST = "worst", _("worst during")
        AFTER = "after", _("after")
        HOUR_LATER = "hour_later", _("an hour later")
        MORNING = "morning", _("next morning")
        WEEK_WORST = "week_worst", _("worst of the week")
        WEEK_USUAL = "week_usual", _("usual of the week")

    class Status(models.TextChoices):
        """Whether there is a number."""

        ANSWERED = "answered", _("answered")
        SKIPPED = "skipped", _("skipped")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="pain_ratings", verbose_name=_("patient"))
    exercise_session = models.ForeignKey(
        ExerciseSession, models.CASCADE, null=True, blank=True, related_name="pain_ratings", verbose_name=_("session")
    )
    local_date = models.DateField(_("day"))
    moment = models.CharField(_("moment"), max_length=10, choices=Moment)
    side = models.CharField(
        _("knee"), max_length=5, choices=[(side.value, side.label) for side in (Side.LEFT, Side.RIGHT)]
    )
    status = models.CharField(_("status"), max_length=8, choices=Status)
    value = models.PositiveSmallIntegerField(_("pain"), null=True, blank=True)
    rated_at = models.DateTimeField(_("rated"))

    objects = PainRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("pain rating")
        verbose_name_plural = _("pain ratings")
        ordering = ("-rated_at", "id")
        indexes = (models.Index(fields=("patient", "-local_date"), name="pain_patient_day"),)
        constraints = (
            models.CheckConstraint(
                # A comparison with null is null, and a check that is null passes: so the number is asked for by name.
                condition=Q(status="answered", value__isnull=False, value__gte=PAIN_LOWEST, value__lte=PAIN_HIGHEST)
                | Q(status="skipped", value=None),
                name="pain_null_exactly_when_skipped",
            ),
            models.CheckConstraint(condition=Q(moment__in=MOMENTS), name="pain_moment_known"),
            models.CheckConstraint(condition=Q(side__in=("left", "right")), name="pain_side_known"),
            models.UniqueConstraint(
                fields=("exercise_session", "moment", "side"),
                condition=Q(exercise_session__isnull=False),
                name="pain_once_per_session_moment",
            ),
            models.UniqueConstraint(
                fields=("patient", "local_date", "moment", "side"),
                condition=Q(exercise_session=None),
                name="pain_once_per_day_moment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_moment_display()}: {_('skipped') if self.value is None else self.value}"


class RedFlagReport(models.Model):
    """The patient answered yes to the list of warning signs. The list is the same for everyone."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="red_flag_reports", verbose_name=_("patient"))
    exercise_session = models.OneToOneField(
        ExerciseSession, models.CASCADE, related_name="red_flag_report", verbose_name=_("session")
    )
    answered_at = models.DateTimeField(_("answered"))
    card_version = models.PositiveSmallIntegerField(_("version of the list"))

    class Meta:
        verbose_name = _("warning sign")
        verbose_name_plural = _("warning signs")
        ordering = ("-answered_at",)

    def __str__(self) -> str:
        return f"{self.answered_at:%Y-%m-%d}"

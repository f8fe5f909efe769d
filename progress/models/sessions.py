"""One sitting and its blocks of repetitions. What was prescribed and what was done are different columns."""

import uuid

import pghistory
import pgtrigger
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Max, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce, Extract
from django.utils.translation import gettext_lazy as _

from exercises.models import Depth, Prescription, Stage
from kneecoach.accounts.models import Patient, Side
from progress.rules.days import Slot as SlotRule
from progress.rules.reps import HELD_SHORT_BY_MS, Outcome

EFFORT_LOWEST, EFFORT_HIGHEST = 0, 10


class Slot(models.TextChoices):
    """A planned occasion of a local day, or one besides."""

    MORNING = SlotRule.MORNING, _("morning")
    EVENING = SlotRule.EVENING, _("evening")
    EXTRA = SlotRule.EXTRA, _("extra")


def _longest_wait(reps: str) -> Max:
    """Return the longest wait of repetitions in seconds. An interval would take longer to read than all else of a row."""
    wait = F(f"{reps}received_at") - F(f"{reps}done_at")
    return Max(Extract(ExpressionWrapper(wait, models.DurationField()), "epoch"), output_field=models.FloatField())


class ExerciseSessionQuerySet(models.QuerySet["ExerciseSession"]):
    """The vocabulary of sessions."""

    def of(self, patient: Patient) -> "ExerciseSessionQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def unfinished(self) -> "ExerciseSessionQuerySet":
        """Return those that nobody has brought to an end."""
        return self.filter(ended_at=None)

    def with_corrected(self) -> "ExerciseSessionQuerySet":
        """Add `is_corrected`: whether anything of it was said anew."""
        corrections = apps.get_model("progress", "Correction").objects.filter(exercise_session=OuterRef("pk"))
        return self.annotate(is_corrected=Exists(corrections))

    def with_counts(self) -> "ExerciseSessionQuerySet":
        """Add `is_corrected`, and each set with its repetitions really done. Two queries however many rows."""
        return self.with_corrected().prefetch_related(Prefetch("sets", ExerciseSet.objects.with_counts()))

    def with_wait(self) -> "ExerciseSessionQuerySet":
        """Add `longest_wait`: for how many seconds the repetition that came last of all was on its way; None without any."""
        # Grouped and not asked for row by row: that would read all repetitions ever done once for each session.
        return self.annotate(longest_wait=_longest_wait("sets__reps__"))

    def with_each_hold(self) -> "ExerciseSessionQuerySet":
        """Add what `with_counts` adds, and to each set how long each repetition was held; no stage. Two queries."""
        sets = ExerciseSet.objects.with_counts().with_holds().with_each_hold().select_related(None)
        return self.with_corrected().prefetch_related(Prefetch("sets", sets))


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

    class Entry(models.TextChoices):
        """How it came here."""

        LIVE = "live", _("as it was done")
        LATER = "later", _("entered later")
        PAPER = "paper", _("entered later, from paper")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="exercise_sessions", verbose_name=_("patient"))
    local_date = models.DateField(_("day"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    utc_offset_minutes = models.SmallIntegerField()
    slot = models.CharField(_("slot"), max_length=7, choices=Slot)
    # Of one that was entered later nobody knows the hour: it is then one that stands for the slot, and is never shown.
    started_at = models.DateTimeField(_("started"))
    is_safe = models.BooleanField(_("no warning sign"), null=True)
    stop_reason = models.CharField(_("stopped because"), max_length=11, choices=StopReason, blank=True)
    stop_note = models.CharField(_("in their words"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    effort = models.PositiveSmallIntegerField(_("effort"), null=True, blank=True)
    # When the patient went on although the pain before was over the limit, because the physiotherapist had said so.
    pain_overridden_at = models.DateTimeField(_("started over the limit"), null=True, blank=True)
    entry = models.CharField(_("entry"), max_length=5, choices=Entry, default=Entry.LIVE)
    entered_at = models.DateTimeField(_("entered"), null=True, blank=True)
    # The patient, or whoever of the clinic typed their sheet of paper.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    # The last time a stop or an early finish was taken back: what was asked after the exercises is asked again.
    resumed_at = models.DateTimeField(_("gone on with"), null=True, blank=True)

    objects = ExerciseSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        permissions = (("enter_paper", "Can enter a sheet of paper for a patient"),)
        ordering = ("-started_at", "id")
        indexes = (
            models.Index(fields=("patient", "-local_date"), name="session_patient_day"),
            # Of a whole clinic: who was heard of lately.
            models.Index(fields=("local_date", "patient"), include=("started_at",), name="session_lately"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "local_date", "slot"), condition=~Q(slot="extra"), name="session_one_per_slot"
            ),
            models.CheckConstraint(condition=Q(slot__in=Slot.values), name="session_slot_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="session_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(effort=None) | Q(effort__gte=EFFORT_LOWEST, effort__lte=EFFORT_HIGHEST),
                name="session_effort_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(entry="live", entered_at=None)
                | Q(entry__in=("later", "paper"), entered_at__isnull=False, ended_at__isnull=False),
                name="session_entered_later_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None) | ~Q(entry="live"), name="session_entered_by_somebody_only_later"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.get_slot_display()}"

    @property
    def is_entered_later(self) -> bool:
        """Tell whether it was written down from memory or from paper, and not led by the page."""
        return self.entry != self.Entry.LIVE


class ExerciseSetQuerySet(models.QuerySet["ExerciseSet"]):
    """The vocabulary of sets."""

    def with_counts(self) -> "ExerciseSetQuerySet":
        """Add the stage and what was done, in order.

        `reps_held` were held as planned, `reps_recorded` were recorded at all; `reps_done` are those held, or what a
        correction says instead.
        """
        standing = Q(reps__voided_at=None)
        corrections = apps.get_model("progress", "Correction").objects.of_reps(exercise_set=OuterRef("pk"))
        return (
            self.select_related("stage")
            .annotate(
                reps_held=Count("reps", filter=standing & Q(reps__outcome=Outcome.OK)),
                reps_recorded=Count("reps", filter=standing),
                reps_done=Coalesce(Subquery(corrections.values("value")[:1]), "reps_held"),
            )
            # Grouping drops the order of Meta.
            .order_by("exercise_session_id", "order")
        )

    def with_holds(self) -> "ExerciseSetQuerySet":
        """Add `holds_timed`, the holds that a clock has timed, and `holds_kept`, those within half a second of the plan."""
        timed = Q(reps__voided_at=None, reps__held_ms__isnull=False)
        return self.annotate(
            holds_timed=Count("reps", filter=timed),
            holds_kept=Count("reps", filter=timed & Q(reps__held_ms__gte=F("hold_target_ms") - HELD_SHORT_BY_MS)),
        )

    def with_each_hold(self) -> "ExerciseSetQuerySet":
        """Add `each_hold_ms`, the timed holds one by one, `holds_untimed`, those that no clock has timed, and
        `longest_wait` as sessions have it.
        """
        timed = Q(reps__voided_at=None, reps__held_ms__isnull=False)
        untimed = Q(reps__voided_at=None, reps__held_ms=None, reps__outcome=Outcome.OK)
        return self.annotate(
            each_hold_ms=ArrayAgg("reps__held_ms", filter=timed, default=Value([])),
            holds_untimed=Count("reps", filter=untimed),
            longest_wait=_longest_wait("reps__"),
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
    # The patient does the fewest that were prescribed, because the knee had not settled.
    is_minimum = models.BooleanField(_("the fewest this time"), default=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    felt_muscle = models.CharField(_("felt the muscle"), max_length=6, choices=Felt, blank=True)
    # Of a squat only: how deep at most, the pain above which that is too deep, and how deep it was.
    depth_target = models.PositiveSmallIntegerField(_("depth prescribed"), choices=Depth, null=True, blank=True)
    depth_pain_limit = models.PositiveSmallIntegerField(_("most pain at this depth"), null=True, blank=True)
    depth = models.PositiveSmallIntegerField(_("depth"), choices=Depth, null=True, blank=True)

    objects = ExerciseSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("set")
        verbose_name_plural = _("sets")
        # By the key itself: the name of a relation would join its tables, to sort by their order.
        ordering = ("exercise_session_id", "order")
        constraints = (
            models.UniqueConstraint(fields=("exercise_session", "order"), name="set_order_unique"),
            models.UniqueConstraint(fields=("exercise_session", "prescription", "side"), name="set_side_unique"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="set_side_known"),
            models.CheckConstraint(condition=Q(felt_muscle__in=("", "yes", "unsure", "no")), name="set_felt_known"),
            models.CheckConstraint(
                condition=Q(reps_min__gte=1, reps_min__lte=F("reps_target"), reps_target__lte=F("reps_max")),
                name="set_reps_in_bounds",
            ),
            models.CheckConstraint(
                condition=(Q(depth=None) | Q(depth__in=Depth.values))
                & (
                    Q(depth_target=None, depth_pain_limit=None)
                    | Q(depth_target__isnull=False, depth_pain_limit__isnull=False, depth_target__in=Depth.values)
                ),
                name="set_depth_known",
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
                    "depth_target",
                    "depth_pain_limit",
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage}, {self.get_side_display()}"

    @property
    def reps_to_do(self) -> int:
        """Return at how many repetitions the set is over: the number prescribed, or the fewest where that was chosen."""
        return self.reps_min if self.is_minimum else self.reps_target

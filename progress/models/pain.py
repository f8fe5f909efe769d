"""What the knees said: pain at its moments, and warning signs. Missing and zero are different things."""

import pghistory
from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient, Side
from progress.models.sessions import ExerciseSession

PAIN_LOWEST, PAIN_HIGHEST = 0, 10
MOMENTS = ("before", "worst", "after", "hour_later", "morning", "week_worst", "week_usual")


class PainRatingQuerySet(models.QuerySet["PainRating"]):
    """The vocabulary of pain ratings."""

    def of(self, patient: Patient) -> "PainRatingQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def with_corrections(self) -> "PainRatingQuerySet":
        """Load the corrections as well, oldest first. One query more."""
        return self.prefetch_related("corrections")

    def counting(self) -> "PainRatingQuerySet":
        """Add `counted`, the number that counts: a correction's, where there is one."""
        corrections = apps.get_model("progress", "Correction").objects.filter(pain_rating=OuterRef("pk"))
        newest = corrections.order_by("-corrected_at", "-pk").values("value")[:1]
        return self.annotate(counted=Case(When(Exists(corrections), then=Subquery(newest)), default=F("value")))

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

    @property
    def value_now(self) -> int | None:
        """Return the number that counts: a correction's, where there is one. Loaded with `with_corrections`."""
        corrections = list(self.corrections.all())
        return corrections[-1].value if corrections else self.value


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

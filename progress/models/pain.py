"""What the knees said: pain at its moments, and warning signs. Missing and zero are different things."""

from typing import ClassVar

import pghistory
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient, Side
from progress.models.sessions import ExerciseSession
from progress.rules.red_flags import RedFlag

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


class RedFlagReportQuerySet(models.QuerySet["RedFlagReport"]):
    """The vocabulary of warning signs."""

    def open(self) -> "RedFlagReportQuerySet":
        """Return those that no physiotherapist has cleared."""
        return self.filter(cleared_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class RedFlagReport(models.Model):
    """The patient answered yes to the list of warning signs. The list is the same for everyone."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="red_flag_reports", verbose_name=_("patient"))
    # None where it was told outside a session, such as with the morning check.
    exercise_session = models.OneToOneField(
        ExerciseSession,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="red_flag_report",
        verbose_name=_("session"),
    )
    local_date = models.DateField(_("day"))
    answered_at = models.DateTimeField(_("answered"))
    card_version = models.PositiveSmallIntegerField(_("version of the list"))
    # Until a person has cleared it, reminders rest.
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cleared by")
    )
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    clear_note = models.CharField(_("what was found"), max_length=500, blank=True)

    objects = RedFlagReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("warning sign")
        verbose_name_plural = _("warning signs")
        permissions = (("clear_redflagreport", "Can clear a warning sign"),)
        ordering = ("-answered_at",)
        constraints = (
            # Told twice on a day, outside any session, is told once; what is told after it was cleared is told anew.
            models.UniqueConstraint(
                fields=("patient", "local_date"),
                condition=Q(exercise_session=None, cleared_at=None),
                name="redflag_once_a_day_outside_sessions",
            ),
            models.CheckConstraint(
                condition=Q(cleared_by=None, cleared_at=None, clear_note="")
                | Q(cleared_by__isnull=False, cleared_at__isnull=False) & ~Q(clear_note=""),
                name="redflag_clearing_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class RedFlagSign(models.Model):
    """Which sign of the list it was, if the patient said so. None ticked is not known, not none."""

    class Code(models.TextChoices):
        """The signs of the card, short: for the physiotherapist."""

        HOT_AND_ILL = RedFlag.HOT_AND_ILL, _("hot, red or very swollen knee, feeling ill")
        CANNOT_LOAD_OR_MOVE = RedFlag.CANNOT_LOAD_OR_MOVE, _("cannot load or move it, or it looks out of shape")
        WORSE_SINCE_INJURY = RedFlag.WORSE_SINCE_INJURY, _("since a fall, a twist or a blow")
        OUT_OF_PLACE_OR_LOCKED = RedFlag.OUT_OF_PLACE_OR_LOCKED, _("kneecap out of place, sudden swelling or locked")
        CALF = RedFlag.CALF, _("calf painful, swollen, warm or of another colour")
        GIVING_WAY = RedFlag.GIVING_WAY, _("keeps giving way")
        CONSTANT_PAIN_OR_WEIGHT_LOSS = RedFlag.CONSTANT_PAIN_OR_WEIGHT_LOSS, _("pain at rest or at night, weight loss")
        NUMB_OR_COLD = RedFlag.NUMB_OR_COLD, _("numb, weak, cold or discoloured foot")

    # The words of the card, for the patient. Other words need another CARD_VERSION.
    WORDS: ClassVar = {
        RedFlag.HOT_AND_ILL: _("The knee is hot, red or very swollen, and you feel ill or feverish."),
        RedFlag.CANNOT_LOAD_OR_MOVE: _(
            "You cannot put weight on the leg, the knee is out of shape, or it will not move."
        ),
        RedFlag.WORSE_SINCE_INJURY: _("You had a fall, a twist or a blow, and the knee is much worse since."),
        RedFlag.OUT_OF_PLACE_OR_LOCKED: _(
            "The kneecap went out of place, the knee swelled up suddenly, or it is stuck and will not straighten."
        ),
        RedFlag.CALF: _("The calf of one leg hurts, is swollen or warm, or has changed colour."),
        RedFlag.GIVING_WAY: _("The knee keeps giving way."),
        RedFlag.CONSTANT_PAIN_OR_WEIGHT_LOSS: _(
            "It hurts all the time, at rest and at night, or you are losing weight, or you have had cancer."
        ),
        RedFlag.NUMB_OR_COLD: _("The leg or foot is newly numb or weak, cold, or an odd colour."),
    }

    report = models.ForeignKey(RedFlagReport, models.CASCADE, related_name="signs", verbose_name=_("warning sign"))
    code = models.CharField(_("sign"), max_length=30, choices=Code)

    class Meta:
        verbose_name = _("sign")
        verbose_name_plural = _("signs")
        ordering = ("report_id", "id")
        constraints = (models.UniqueConstraint(fields=("report", "code"), name="sign_once_per_report"),)

    def __str__(self) -> str:
        return self.code

    @property
    def words(self) -> str:
        """Return the sign as the card says it."""
        return str(self.WORDS[RedFlag(self.code)])

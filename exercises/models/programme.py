"""The programme as versioned data. What belongs to a published version never changes."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exercises import rules
from exercises.models.dose import Dosed
from exercises.triggers import frozen_once_published


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Programme(models.Model):
    """A staged plan that a clinic uses."""

    key = models.SlugField(_("key"), unique=True)
    title = models.CharField(_("title"), max_length=150)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class ProgrammeVersionQuerySet(models.QuerySet["ProgrammeVersion"]):
    """The vocabulary of versions."""

    def published(self) -> "ProgrammeVersionQuerySet":
        """Return the versions that patients may see, newest first."""
        return self.filter(status=ProgrammeVersion.Status.PUBLISHED).order_by("-published_at", "-number")

    def newest(self) -> "ProgrammeVersionQuerySet":
        """Return the newest published version of each programme, in the order in which the programmes were made."""
        found = self.filter(status=ProgrammeVersion.Status.PUBLISHED).order_by("programme_id", "-number")
        return found.distinct("programme_id")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ProgrammeVersion(models.Model):
    """One edition of a programme. Once published, nothing in it changes; a change makes a new version."""

    class Status(models.TextChoices):
        """Where an edition stands."""

        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="versions", verbose_name=_("programme"))
    number = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # Nobody: it came with the software.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    source_note = models.TextField(_("where it comes from"), blank=True)

    objects = ProgrammeVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme version")
        verbose_name_plural = _("programme versions")
        ordering = ("programme_id", "-number")
        constraints = (
            models.UniqueConstraint(fields=("programme", "number"), name="version_number_unique"),
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None) | Q(status="published", published_at__isnull=False),
                name="version_published_has_time",
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="frozen_once_published",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="published"),
            ),
        )

    def __str__(self) -> str:
        return _("%(programme)s, version %(number)s") % {"programme": self.programme, "number": self.number}


class Topic(models.TextChoices):
    """What a text of the programme is about, apart from its stages."""

    PURPOSE = "purpose", _("what the muscle does")
    SWITCHED_OFF = "switched-off", _("why it stops working")
    FIND_MUSCLE = "find-muscle", _("finding the muscle")
    WHAT_NEXT = "what-next", _("what comes after")
    EVIDENCE = "evidence", _("what is known")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ProgrammeText(models.Model):
    """One text of a version that belongs to no stage."""

    version = models.ForeignKey(ProgrammeVersion, models.CASCADE, related_name="texts")
    topic = models.CharField(_("about"), max_length=20, choices=Topic)
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"), help_text=_("Paragraphs, with an empty line between them."))

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ("version_id", "id")
        constraints = (
            models.UniqueConstraint(fields=("version", "topic"), name="text_topic_unique"),
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="text_topic_known"),
        )
        triggers = (frozen_once_published(),)

    def __str__(self) -> str:
        return self.title


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Stage(Dosed):
    """One exercise of the staged plan with its position, action, tips, dose and the stages it requires."""

    class Drawing(models.TextChoices):
        """Our own pictures, templates/drawings/."""

        SEATED_SQUEEZE = "seated_squeeze", _("seated, ball between the knees")
        LYING_LIFT = "lying_lift", _("lying, pillow under the knees")
        WALL_SQUAT = "wall_squat", _("standing at a wall")

    version = models.ForeignKey(ProgrammeVersion, models.CASCADE, related_name="stages", verbose_name=_("version"))
    number = models.PositiveSmallIntegerField(_("stage"))
    key = models.SlugField(_("key"), help_text=_("Stays the same from version to version."))
    title = models.CharField(_("title"), max_length=150)
    purpose = models.TextField(_("purpose"))
    position = models.TextField(_("starting position"), help_text=_("One step a line."))
    action = models.TextField(_("action"), help_text=_("One step a line."))
    progression = models.TextField(_("making it harder"), blank=True)
    equipment = models.CharField(_("what you need"), max_length=150)
    drawing = models.CharField(_("drawing"), max_length=30, choices=Drawing)
    is_one_legged = models.BooleanField(_("one leg at a time"), default=False)
    requires = models.ManyToManyField(
        "self",
        symmetrical=False,
        through="StageRequirement",
        through_fields=("stage", "required"),
        verbose_name=_("stages required before"),
    )

    class Meta(Dosed.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ("version_id", "number")
        constraints = (
            *Dosed.Meta.constraints,
            models.UniqueConstraint(fields=("version", "number"), name="stage_number_unique"),
            models.UniqueConstraint(fields=("version", "key"), name="stage_key_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="stage_number_from_one"),
        )
        triggers = (frozen_once_published(),)

    def __str__(self) -> str:
        return _("Stage %(number)s: %(title)s") % {"number": self.number, "title": self.title}

    @property
    def is_squat(self) -> bool:
        """Tell whether it has a depth, which is prescribed rung by rung."""
        return self.drawing == self.Drawing.WALL_SQUAT

    @property
    def drawing_template(self) -> str:
        """Return the template of its picture."""
        return f"drawings/_{self.drawing}.html"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class StageRequirement(models.Model):
    """One stage that has to be mastered before another is prescribed."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="requirements")
    required = models.ForeignKey(Stage, models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("stage", "required"), name="requirement_unique"),
            models.CheckConstraint(condition=~Q(stage=F("required")), name="requirement_not_itself"),
        )
        triggers = (frozen_once_published(via_stage=True),)

    def __str__(self) -> str:
        return f"{self.required_id} → {self.stage_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Tip(models.Model):
    """A tip or a note of a stage."""

    class Kind(models.TextChoices):
        """A tip helps, a note has to be kept to."""

        TIP = "tip", _("tip")
        NOTE = "note", _("note")

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="tips")
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("tip or note")
        verbose_name_plural = _("tips and notes")
        ordering = ("stage_id", "order")
        constraints = (models.UniqueConstraint(fields=("stage", "order"), name="tip_order_unique"),)
        triggers = (frozen_once_published(via_stage=True),)

    def __str__(self) -> str:
        return self.text


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class RepPhase(models.Model):
    """One timed part of a rep. Parts that count as hold last as long as the prescription says."""

    class Kind(models.TextChoices):
        """What the patient does in this part."""

        PREPARE = "prepare", _("get ready")
        SQUEEZE = "squeeze", _("squeeze")
        LIFT = "lift", _("lift")
        HOLD = "hold", _("hold")
        LOWER = "lower", _("lower")
        RELAX = "relax", _("relax")

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="phases")
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("part"), max_length=7, choices=Kind)
    seconds = models.DecimalField(
        _("seconds"),
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(rules.PHASE_SHORTEST_SECONDS), MaxValueValidator(rules.PHASE_LONGEST_SECONDS)],
    )
    cue = models.CharField(_("what the screen says"), max_length=80)
    counts_as_hold = models.BooleanField(_("counts as the hold"), default=False)

    class Meta:
        verbose_name = _("part of a repetition")
        verbose_name_plural = _("parts of a repetition")
        ordering = ("stage_id", "order")
        constraints = (
            models.UniqueConstraint(fields=("stage", "order"), name="phase_order_unique"),
            models.CheckConstraint(
                condition=Q(seconds__gte=rules.PHASE_SHORTEST_SECONDS, seconds__lte=rules.PHASE_LONGEST_SECONDS),
                name="phase_seconds_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(counts_as_hold=False) | Q(kind__in=("squeeze", "hold")), name="phase_hold_is_effort"
            ),
        )
        triggers = (frozen_once_published(via_stage=True),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.seconds} s"

    @property
    def timed(self) -> rules.TimedPhase:
        """Return what the rules and the clock need."""
        return rules.TimedPhase(self.kind, float(self.seconds), self.counts_as_hold)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ProgrammeTranslation(models.Model):
    """One text of a version in another language. May be added to a published version: it changes no fact."""

    version = models.ForeignKey(ProgrammeVersion, models.CASCADE, related_name="translations")
    language_code = models.CharField(max_length=10)
    path = models.CharField(max_length=100, help_text=_("Such as stage.vmo-1.title or text.evidence.body."))
    text = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "language_code", "path"), name="translation_path_unique"),
        )

    def __str__(self) -> str:
        return f"{self.language_code} {self.path}"

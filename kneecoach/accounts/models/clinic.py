"""The clinic's settings, and the log of what staff read."""

from datetime import datetime, time
from typing import ClassVar, Self
from uuid import UUID

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kneecoach.prepared import Prepared

# A number that can be dialled: the link that calls it is made of its digits.
can_be_dialled = RegexValidator(
    r"^\+?[0-9][0-9 ()./-]*$",
    _("Write a number that can be dialled: digits, spaces and brackets, with a + in front where it is international."),
)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ClinicSettings(models.Model):
    """The one row about the clinic that hosts this installation."""

    THE_ROW = 1

    class Erasure(models.TextChoices):
        """What happens when a patient is to be erased: how far the law lets a clinic go differs by country."""

        RESTRICT = "restrict", _("keep it locked away: nobody works with it or looks at it")
        ANONYMISE = "anonymise", _("keep what was done, without who it was")
        ERASE = "erase", _("delete it")

    REPLY_HOURS_LOWEST, REPLY_HOURS_HIGHEST = 1, 168

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW, editable=False)
    name = models.CharField(_("clinic"), max_length=150, default=_("Our clinic"))
    address = models.TextField(
        _("address"), max_length=300, blank=True, help_text=_("Stands on the invitation that is printed, and under Me.")
    )
    phone = models.CharField(
        _("phone"),
        max_length=40,
        blank=True,
        validators=[can_be_dialled],
        help_text=_("Shown to patients who need to talk to you."),
    )
    emergency_number = models.CharField(
        _("emergency number"),
        max_length=20,
        blank=True,
        validators=[can_be_dialled],
        help_text=_("Your country's number, shown on every card of warning signs."),
    )
    urgent_number = models.CharField(
        _("number for urgent advice"),
        max_length=20,
        blank=True,
        validators=[can_be_dialled],
        help_text=_("Where there is a line for what cannot wait and is no emergency. Shown on the same card."),
    )
    urgent_text = models.CharField(
        _("what to do when you are closed"),
        max_length=300,
        blank=True,
        help_text=_("A sentence or two on the card of warning signs, such as where to go at night."),
    )
    # None: no time is told. A promise that nobody made is worse than none.
    reply_hours = models.PositiveSmallIntegerField(
        _("a message is usually answered within, hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(REPLY_HOURS_LOWEST), MaxValueValidator(REPLY_HOURS_HIGHEST)],
        help_text=_("From 1 to 168 (a week). Patients read it wherever they write to you. Empty: no time is told."),
    )
    quiet_from = models.TimeField(
        _("quiet from"),
        default=time(21),
        help_text=_("By the patient's own clock. No reminder is sent in between."),
    )
    quiet_until = models.TimeField(_("quiet until"), default=time(7))
    allows_stage_override = models.BooleanField(
        _("a stage may be prescribed before those it requires"),
        default=False,
        help_text=_("Only with a written reason, which is logged."),
    )

    erasure_policy = models.CharField(
        _("when a patient is to be erased"),
        max_length=9,
        choices=Erasure,
        default=Erasure.RESTRICT,
        db_default=Erasure.RESTRICT,
        help_text=_(
            "What the command of whoever hosts the site does, unless told otherwise. Most countries oblige a clinic to "
            "keep health records for years: until then it may only be locked away."
        ),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("clinic settings")
        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="clinic_settings_one_row"),
            models.CheckConstraint(
                condition=Q(reply_hours=None) | Q(reply_hours__gte=1, reply_hours__lte=168),
                name="clinic_settings_reply_in_bounds",
                violation_error_message=_("From 1 to 168 hours, or nothing."),
            ),
            models.CheckConstraint(
                condition=Q(erasure_policy__in=["restrict", "anonymise", "erase"]),
                name="clinic_settings_erasure_known",
            ),
            models.CheckConstraint(
                condition=~Q(quiet_from=F("quiet_until")),
                name="clinic_settings_quiet_has_two_ends",
                violation_error_message=_("The quiet hours begin and end at the same time. Change one of the two."),
            ),
        )

    def __str__(self) -> str:
        return str(self.name)

    @classmethod
    def load(cls) -> "ClinicSettings":
        """Return the row, or its defaults where nobody has saved any yet. One query."""
        return next(iter(CLINIC()), None) or cls()


CLINIC = Prepared(lambda: ClinicSettings.objects.filter(pk=ClinicSettings.THE_ROW))


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    """The vocabulary of the log."""

    def about(self, patient_id: UUID) -> Self:
        """Return the looks at one patient."""
        return self.filter(patient_id=patient_id)

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Return the looks from one instant to another, both included; None leaves an end open."""
        looks = self.filter(at__gte=since) if since else self
        return looks.filter(at__lte=until) if until else looks


class AccessLog(models.Model):
    """One read of a patient's data by staff. Rows are only ever added."""

    class How(models.TextChoices):
        """How it was taken away."""

        PAGE = "page", _("on a page")
        EXPORT = "export", _("exported")
        PRINT = "print", _("to print")

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who"))
    # The log outlives the patient's row, so it holds the id and no foreign key.
    patient_id = models.UUIDField(_("patient"))
    view = models.CharField(_("what"), max_length=100)
    how = models.CharField(_("how"), max_length=6, choices=How, default=How.PAGE, db_default=How.PAGE)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    objects: ClassVar = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access log")
        ordering = ("-at", "-id")
        # Who saw this patient between two times.
        indexes = (models.Index(fields=("patient_id", "-at"), name="accesslog_patient_at"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.view}"

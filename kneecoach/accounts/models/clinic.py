"""The clinic's settings, and the log of what staff read."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ClinicSettings(models.Model):
    """The one row about the clinic that hosts this installation."""

    THE_ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW, editable=False)
    name = models.CharField(_("clinic"), max_length=150, default=_("Our clinic"))
    phone = models.CharField(
        _("phone"), max_length=40, blank=True, help_text=_("Shown to patients who need to talk to you.")
    )
    emergency_number = models.CharField(
        _("emergency number"),
        max_length=20,
        blank=True,
        help_text=_("Your country's number, shown on every card of warning signs."),
    )
    allows_stage_override = models.BooleanField(
        _("a stage may be prescribed before those it requires"),
        default=False,
        help_text=_("Only with a written reason, which is logged."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("clinic settings")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="clinic_settings_one_row"),)

    def __str__(self) -> str:
        return str(self.name)

    @classmethod
    def load(cls) -> "ClinicSettings":
        """Return the row, or its defaults where nobody has saved any yet. One query."""
        return cls.objects.filter(pk=cls.THE_ROW).first() or cls()


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

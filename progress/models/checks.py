"""What is asked for besides sessions: the knees in the morning, and how the week was. Their pain is in PainRating."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from progress.rules.weekly import CHANGE_HIGHEST, CHANGE_LOWEST


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class MorningCheck(models.Model):
    """One morning: whether the knee is swollen. It refers to the sessions of the day before. Empty is skipped."""

    class Swelling(models.TextChoices):
        """How much the knee is swollen, as the patient sees it."""

        NONE = "none", _("none")
        SOME = "some", _("some")
        MARKED = "marked", _("a lot")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="morning_checks", verbose_name=_("patient"))
    local_date = models.DateField(_("day"))
    swelling = models.CharField(_("swelling"), max_length=6, choices=Swelling, blank=True)
    answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("morning check")
        verbose_name_plural = _("morning checks")
        ordering = ("-local_date",)
        constraints = (
            models.UniqueConstraint(fields=("patient", "local_date"), name="morningcheck_once_a_day"),
            models.CheckConstraint(
                condition=Q(swelling__in=("", "none", "some", "marked")), name="morningcheck_swelling_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date}: {self.get_swelling_display() or _('skipped')}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class WeeklyCheck(models.Model):
    """How the knees are compared with the start of the programme, on seven points from -3 to +3; None is skipped.

    Asked about a whole ISO week; `week_starts_on` is its Monday, and the day of its pain ratings.
    """

    class Change(models.IntegerChoices):
        """Compared with the start. In our own words; 0 is no change."""

        MUCH_WORSE = CHANGE_LOWEST, _("much worse")
        WORSE = -2, _("worse")
        A_LITTLE_WORSE = -1, _("a little worse")
        SAME = 0, _("about the same")
        A_LITTLE_BETTER = 1, _("a little better")
        BETTER = 2, _("better")
        MUCH_BETTER = CHANGE_HIGHEST, _("much better")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="weekly_checks", verbose_name=_("patient"))
    week_starts_on = models.DateField(_("week from"))
    change = models.SmallIntegerField(_("change since the start"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("weekly check")
        verbose_name_plural = _("weekly checks")
        ordering = ("-week_starts_on",)
        constraints = (
            models.UniqueConstraint(fields=("patient", "week_starts_on"), name="weeklycheck_once_a_week"),
            models.CheckConstraint(condition=Q(week_starts_on__iso_week_day=1), name="weeklycheck_starts_on_monday"),
            models.CheckConstraint(
                condition=Q(change=None) | Q(change__gte=CHANGE_LOWEST, change__lte=CHANGE_HIGHEST),
                name="weeklycheck_change_in_bounds",
            ),
        )

    def __str__(self) -> str:
        return f"{self.week_starts_on}: {_('skipped') if self.change is None else f'{self.change:+d}'}"

    @property
    def change_label(self) -> str:
        """Return the change in words; empty where it was skipped."""
        return "" if self.change is None else str(self.Change(self.change).label)

"""What a physiotherapist should look at. Opened by rules, with the numbers they saw; closed by a person."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient, Side
from progress.models.rule_sets import RuleSet
from progress.models.sessions import ExerciseSession
from progress.rules.alerts import AlertKind, AlertLevel


class AlertQuerySet(models.QuerySet["Alert"]):
    """The vocabulary of alerts."""

    def open(self) -> "AlertQuerySet":
        """Return those that nobody has resolved."""
        return self.filter(resolved_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Alert(models.Model):
    """One reason to look at a patient. One open alert of a kind; what comes later is added to its evidence."""

    class Kind(models.TextChoices):
        """Why somebody should look."""

        RED_FLAG = AlertKind.RED_FLAG, _("a warning sign")
        PAIN_BEFORE_RED = AlertKind.PAIN_BEFORE_RED, _("over the limit before the exercises")
        PAIN_KEEPS_RED = AlertKind.PAIN_KEEPS_RED, _("over the limit in two of three sessions")
        NOT_SETTLED_TWICE = AlertKind.NOT_SETTLED_TWICE, _("not settled two mornings running")
        PAIN_RED = AlertKind.PAIN_RED, _("over the limit")
        NOT_SETTLED = AlertKind.NOT_SETTLED, _("not settled the next morning")
        PAIN_RISING = AlertKind.PAIN_RISING, _("rising from week to week")

    class Level(models.TextChoices):
        """How soon."""

        INFO = AlertLevel.INFO, _("for the record")
        REVIEW = AlertLevel.REVIEW, _("to look at")
        HIGH = AlertLevel.HIGH, _("first of all")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="alerts", verbose_name=_("patient"))
    kind = models.CharField(_("why"), max_length=18, choices=Kind)
    level = models.CharField(_("how soon"), max_length=6, choices=Level)
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    # None for a warning sign: its list is nobody's limit.
    rule_set = models.ForeignKey(
        RuleSet, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("limits and criteria")
    )
    opened_at = models.DateTimeField(_("opened"))
    # New evidence makes it unseen again.
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("seen by")
    )
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resolved by")
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolution = models.CharField(_("how it was resolved"), max_length=500, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "kind"), condition=Q(resolved_at=None), name="alert_one_open_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(seen_by=None, seen_at=None) | Q(seen_by__isnull=False, seen_at__isnull=False),
                name="alert_seen_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None, resolved_at=None, resolution="")
                | Q(resolved_by__isnull=False, resolved_at__isnull=False) & ~Q(resolution=""),
                name="alert_resolution_is_whole",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(AlertKind)), name="alert_kind_known"),
            models.CheckConstraint(condition=Q(level__in=list(AlertLevel)), name="alert_level_known"),
        )

    def __str__(self) -> str:
        return f"{self.patient}: {self.get_kind_display()}"


class AlertEvidence(models.Model):
    """One number that opened an alert, or came to it later. Never changed."""

    class What(models.TextChoices):
        """Which number it is."""

        BEFORE = "before", _("pain before")
        WORST = "worst", _("worst pain during")
        MORNING = "morning", _("pain the next morning")
        MEDIAN = "median", _("weekly median of the worst pain")
        SIGN = "sign", _("warning sign")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="evidence", verbose_name=_("alert"))
    what = models.CharField(_("what"), max_length=7, choices=What)
    local_date = models.DateField(_("day"))
    exercise_session = models.ForeignKey(
        ExerciseSession, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("session")
    )
    side = models.CharField(
        _("knee"), max_length=5, choices=[(side.value, side.label) for side in (Side.LEFT, Side.RIGHT)], blank=True
    )
    value = models.DecimalField(_("number"), max_digits=4, decimal_places=1, null=True, blank=True)
    limit = models.DecimalField(_("limit"), max_digits=4, decimal_places=1, null=True, blank=True)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("alert_id", "local_date", "id")
        constraints = (
            # The same fact found again adds nothing; a corrected number is another fact.
            models.UniqueConstraint(
                fields=("alert", "what", "local_date", "exercise_session", "side", "value"),
                nulls_distinct=False,
                name="evidence_once_per_alert",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.local_date} {self.get_what_display()}: {self.value}"

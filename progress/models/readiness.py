"""What was counted on a day, and the patient's wish for the next stage. The physiotherapist decides."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exercises.models import Prescription, Stage
from kneecoach.accounts.models import Patient
from progress.models.rule_sets import RuleSet
from progress.rules.readiness import CriterionKey, Verdict


class ReadinessEvaluation(models.Model):
    """The criteria of one patient as they were counted once, with the version that counted. Never changed."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="evaluations", verbose_name=_("patient"))
    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="+", verbose_name=_("prescription"))
    local_date = models.DateField(_("day"))
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="+", verbose_name=_("limits and criteria"))
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    made_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("readiness")
        verbose_name_plural = _("readiness")
        ordering = ("-made_at",)
        indexes = (models.Index(fields=("prescription", "-made_at"), name="readiness_newest"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.local_date}: {self.prescription}"


class ReadinessCriterion(models.Model):
    """One criterion with the number that was seen and the limit. No number is not known."""

    class Key(models.TextChoices):
        """What is counted."""

        DAYS_ON_STAGE = CriterionKey.DAYS_ON_STAGE, _("days on the stage")
        FULL_DAYS = CriterionKey.FULL_DAYS, _("full days")
        HOLDS = CriterionKey.HOLDS, _("holds kept")
        PAIN = CriterionKey.PAIN, _("worst pain")
        MORNINGS = CriterionKey.MORNINGS, _("mornings settled")
        WEEKLY_RISE = CriterionKey.WEEKLY_RISE, _("rise from week to week")
        FELT_MUSCLE = CriterionKey.FELT_MUSCLE, _("muscle felt")
        NO_OPEN_FLAG = CriterionKey.NO_OPEN_FLAG, _("nothing open with the physiotherapist")

    class Outcome(models.TextChoices):
        """Met, not met or not known."""

        MET = Verdict.MET, _("met")
        NOT_MET = Verdict.NOT_MET, _("not met yet")
        UNKNOWN = Verdict.UNKNOWN, _("not known yet")

    evaluation = models.ForeignKey(ReadinessEvaluation, models.CASCADE, related_name="criteria")
    key = models.CharField(_("criterion"), max_length=14, choices=Key)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Outcome)
    value = models.DecimalField(_("counted"), max_digits=6, decimal_places=1, null=True, blank=True)
    limit = models.DecimalField(_("limit"), max_digits=6, decimal_places=1)
    of = models.DecimalField(_("out of"), max_digits=6, decimal_places=1, null=True, blank=True)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ("evaluation_id", "id")
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "key"), name="criterion_once_per_evaluation"),
            models.CheckConstraint(condition=Q(verdict__in=list(Verdict)), name="criterion_verdict_known"),
            # A limit of zero is a question that was waived: it needs no number.
            models.CheckConstraint(
                condition=~Q(verdict="met", value=None) | Q(limit=0), name="criterion_unknown_is_never_met"
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_key_display()}: {self.get_verdict_display()}"


class StageRequestQuerySet(models.QuerySet["StageRequest"]):
    """The vocabulary of requests."""

    def of(self, patient: Patient) -> "StageRequestQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def answered(self) -> "StageRequestQuerySet":
        """Return those that a physiotherapist has answered."""
        return self.filter(status__in=(StageRequest.Status.APPROVED, StageRequest.Status.DECLINED))

    def open(self) -> "StageRequestQuerySet":
        """Return those that nobody has answered and the patient has not taken back."""
        return self.filter(status=StageRequest.Status.REQUESTED)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class StageRequest(models.Model):
    """The patient asks for the next stage; a physiotherapist answers. Its id is minted by the page."""

    class Status(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", _("asked")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("not yet")
        WITHDRAWN = "withdrawn", _("taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="stage_requests", verbose_name=_("patient"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage asked for"))
    # None where readiness is switched off: then only the wish is recorded.
    evaluation = models.ForeignKey(
        ReadinessEvaluation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("readiness")
    )
    message = models.CharField(_("message"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.REQUESTED)
    requested_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    decided_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    decision_note = models.CharField(_("note for the patient"), max_length=1000, blank=True)
    # Counted anew when it was answered: what the physiotherapist could see.
    decision_evaluation = models.ForeignKey(
        ReadinessEvaluation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("readiness when it was answered"),
    )
    # The patient has read the answer and put it away.
    dismissed_at = models.DateTimeField(_("put away"), null=True, blank=True)

    objects = StageRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for a stage")
        verbose_name_plural = _("requests for a stage")
        ordering = ("-requested_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("patient",), condition=Q(status="requested"), name="stagerequest_one_open_per_patient"
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_at=None, decided_by=None)
                | Q(status="withdrawn", decided_at__isnull=False, decided_by=None)
                | Q(status__in=("approved", "declined"), decided_at__isnull=False, decided_by__isnull=False),
                name="stagerequest_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at=None) | Q(status__in=("approved", "declined")),
                name="stagerequest_only_an_answer_is_put_away",
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage}: {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits for an answer."""
        return self.status == self.Status.REQUESTED

"""What was prescribed to whom. A dose is never updated: a change supersedes it."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from exercises.models.depth import Depth
from exercises.models.dose import DOSE_FIELDS, Dosed
from exercises.models.programme import Programme, Stage
from exercises.rules import PAIN_LIMIT_HIGHEST, PAIN_LIMIT_LOWEST
from kneecoach.accounts.models import Patient, Side


class PrescriptionQuerySet(models.QuerySet["Prescription"]):
    """The vocabulary of prescriptions."""

    def of(self, patient: Patient) -> "PrescriptionQuerySet":
        """Return those of one patient."""
        return self.filter(patient=patient)

    def active(self) -> "PrescriptionQuerySet":
        """Return those that have not ended."""
        return self.filter(ended_on=None)

    def mastered(self) -> "PrescriptionQuerySet":
        """Return those that a physiotherapist marked as mastered."""
        return self.filter(end_reason=Prescription.EndReason.MASTERED)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Prescription(Dosed):
    """One stage assigned to one patient. Its dose is never updated: a change supersedes it with a new row."""

    class EndReason(models.TextChoices):
        """Why a prescription ended."""

        MASTERED = "mastered", _("mastered")
        SUPERSEDED = "superseded", _("replaced by a new dose")
        STOPPED = "stopped", _("stopped")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="prescriptions", verbose_name=_("patient"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage"))
    # Copies of stage.version.programme and stage.key, so that uniqueness and the gate reach across versions.
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", editable=False)
    stage_key = models.SlugField(editable=False)
    side = models.CharField(_("knee"), max_length=5, choices=Side)
    # Of a squat only: how deep at most, and the pain above which the patient goes less deep.
    depth = models.PositiveSmallIntegerField(_("depth"), choices=Depth, null=True, blank=True)
    depth_pain_limit = models.PositiveSmallIntegerField(_("most pain at this depth"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    note = models.TextField(_("note for the patient"), max_length=1000, blank=True)
    override_reason = models.TextField(
        _("reason for prescribing it before the stages it requires"), max_length=1000, blank=True
    )
    prescribed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prescribed by"), editable=False
    )
    prescribed_at = models.DateTimeField(_("prescribed"), editable=False)
    ended_on = models.DateField(_("ended"), null=True, blank=True, editable=False)
    end_reason = models.CharField(_("why it ended"), max_length=10, choices=EndReason, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = PrescriptionQuerySet.as_manager()

    class Meta(Dosed.Meta):
        verbose_name = _("prescription")
        verbose_name_plural = _("prescriptions")
        ordering = ("patient", "stage__number", "-prescribed_at")
        constraints = (
            *Dosed.Meta.constraints,
            models.UniqueConstraint(
                fields=("patient", "programme", "stage_key"),
                condition=Q(ended_on=None),
                name="prescription_one_active_per_stage",
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="prescription_side_known"),
            models.CheckConstraint(
                condition=Q(depth=None, depth_pain_limit=None)
                | Q(
                    depth__isnull=False,
                    depth__in=Depth.values,
                    depth_pain_limit__isnull=False,
                    depth_pain_limit__gte=PAIN_LIMIT_LOWEST,
                    depth_pain_limit__lte=PAIN_LIMIT_HIGHEST,
                ),
                name="prescription_depth_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_at=None, ended_by=None, end_reason="")
                | Q(ended_on__isnull=False, ended_at__isnull=False, ended_by__isnull=False)
                & Q(end_reason__in=("mastered", "superseded", "stopped")),
                name="prescription_end_is_whole",
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="dose_never_updated",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "patient",
                    "stage",
                    "programme",
                    "stage_key",
                    "side",
                    "starts_on",
                    "depth",
                    "depth_pain_limit",
                    *DOSE_FIELDS,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage}, {self.get_side_display()}"

    @property
    def is_active(self) -> bool:
        """Tell whether it has not ended."""
        return self.ended_on is None


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class PrescriptionPause(models.Model):
    """Days on which a prescription is not due, the last one included; open until `to_on` is set."""

    prescription = models.ForeignKey(
        Prescription, models.CASCADE, related_name="pauses", verbose_name=_("prescription")
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("prescription_id", "from_on")
        constraints = (
            models.CheckConstraint(condition=Q(to_on=None) | Q(to_on__gte=F("from_on")), name="pause_ends_after_start"),
        )

    def __str__(self) -> str:
        return f"{self.from_on} – {self.to_on or ''}"

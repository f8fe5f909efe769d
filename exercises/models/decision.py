"""What a physiotherapist decided about prescriptions, in the order in which it was decided."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exercises.models.prescription import Prescription
from kneecoach.accounts.models import Patient

TEXT_LONGEST = 1000


class DecisionQuerySet(models.QuerySet["Decision"]):
    """The vocabulary of decisions."""

    def of(self, patient: Patient) -> "DecisionQuerySet":
        """Return those about one patient."""
        return self.filter(patient=patient)

    def untold(self) -> "DecisionQuerySet":
        """Return those that the patient has not put away."""
        return self.filter(put_away_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Decision(models.Model):
    """One decision about prescriptions: who, when, why, and what the patient is told. Only being told changes it."""

    class Kind(models.TextChoices):
        """What was decided."""

        PRESCRIBED = "prescribed", _("stage prescribed")
        CHANGED = "changed", _("dose changed")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("pause ended")
        MASTERED = "mastered", _("marked as mastered")
        STOPPED = "stopped", _("stopped")
        MOVED_ON = "moved_on", _("moved on")
        STEPPED_BACK = "stepped_back", _("stepped back")

    # Minted by the form, so that one sent twice is one decision.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="decisions", verbose_name=_("patient"))
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    # The one that was made, or else the one that it is about.
    prescription = models.ForeignKey(
        Prescription, models.PROTECT, related_name="decisions", verbose_name=_("prescription")
    )
    # Another stage that ended by it: moving on and stepping back.
    ended = models.ForeignKey(
        Prescription, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by it")
    )
    # The first day it counts for, and the last day of a pause.
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)
    why = models.TextField(_("why"), max_length=TEXT_LONGEST, blank=True)
    note = models.TextField(_("note for the patient"), max_length=TEXT_LONGEST, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"))
    put_away_at = models.DateTimeField(_("put away by the patient"), null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-decided_at", "-id")
        indexes = (models.Index(fields=("patient", "-decided_at"), name="decision_patient_decided"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "prescribed",
                        "changed",
                        "paused",
                        "resumed",
                        "mastered",
                        "stopped",
                        "moved_on",
                        "stepped_back",
                    ]
                ),
                name="decision_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("moved_on", "stepped_back"), ended__isnull=False)
                | ~Q(kind__in=("moved_on", "stepped_back")) & Q(ended=None),
                name="decision_ends_another",
            ),
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(kind="paused", to_on__gte=F("from_on")), name="decision_days_in_order"
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["put_away_at"]),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.decided_at:%Y-%m-%d}: {self.get_kind_display()}"

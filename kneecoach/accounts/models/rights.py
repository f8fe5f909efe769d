"""What a patient agrees to, takes back, and asks for about their data."""

import uuid
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models.invitations import Invitation
from kneecoach.accounts.models.people import Patient


class Consent(models.Model):
    """What a patient, or somebody for a minor, agreed to or took back: which version of the text, and when.

    Rows are only added; the newest counts.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents", verbose_name=_("patient"))
    # None where a patient who has an account agreed to a new text, or took it back.
    invitation = models.OneToOneField(Invitation, models.PROTECT, null=True, blank=True, verbose_name=_("invitation"))
    version = models.PositiveSmallIntegerField(_("version of the text"))
    agreed_at = models.DateTimeField(_("agreed"))
    guardian_name = models.CharField(
        _("parent or guardian"), max_length=150, blank=True, help_text=_("Who agreed for a patient under 18.")
    )
    is_withdrawal = models.BooleanField(_("taken back"), default=False, db_default=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-agreed_at", "-id")
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.patient_id} v{self.version}"


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    """The vocabulary of requests about data."""

    def of(self, patient: Patient) -> Self:
        """Return those of one patient."""
        return self.filter(patient=patient)

    def open(self) -> Self:
        """Return those that nobody has answered and the patient has not taken back."""
        return self.filter(status=DataRequest.Status.ASKED)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class DataRequest(models.Model):
    """A patient asks for their data to be erased, or locked away. The clinic answers; its host carries it out."""

    class Kind(models.TextChoices):
        """What is asked for."""

        ERASE = "erase", _("erase what is stored about me")
        RESTRICT = "restrict", _("keep it, but do not use it")

    class Status(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", _("asked")
        AGREED = "agreed", _("agreed")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")

    WORDS_LONGEST = 500

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="data_requests", verbose_name=_("patient"))
    kind = models.CharField(_("asks to"), max_length=8, choices=Kind)
    words = models.CharField(_("in the patient’s words"), max_length=WORDS_LONGEST, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField(_("asked at"))
    # By whom nobody: the patient took it back.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    decided_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=WORDS_LONGEST, blank=True)

    objects: ClassVar = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about data")
        verbose_name_plural = _("requests about data")
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("patient",), condition=Q(status="asked"), name="datarequest_one_open"),
            models.CheckConstraint(condition=Q(kind__in=["erase", "restrict"]), name="datarequest_kind_known"),
            models.CheckConstraint(
                condition=Q(status="asked", decided_at=None, decided_by=None)
                | Q(status="withdrawn", decided_at__isnull=False, decided_by=None)
                | Q(status__in=["agreed", "declined"], decided_at__isnull=False, decided_by__isnull=False),
                name="datarequest_status_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.patient}: {self.get_kind_display()}"

    @property
    def is_open(self) -> bool:
        """Tell whether somebody has to answer."""
        return self.status == self.Status.ASKED

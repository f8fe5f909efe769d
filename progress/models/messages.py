"""Notes from a patient to the physiotherapist, and answers. Nobody watches them live, and every box says so."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from progress.models.sessions import ExerciseSession

BODY_LONGEST = 1000


class MessageQuerySet(models.QuerySet["Message"]):
    """The vocabulary of messages."""

    def of(self, patient: Patient) -> "MessageQuerySet":
        """Return those from and to one patient."""
        return self.filter(patient=patient)

    def from_patients(self) -> "MessageQuerySet":
        """Return what patients wrote."""
        return self.filter(is_from_patient=True)

    def from_staff(self) -> "MessageQuerySet":
        """Return what physiotherapists wrote."""
        return self.filter(is_from_patient=False)

    def unread(self) -> "MessageQuerySet":
        """Return those that the other side has not seen."""
        return self.filter(read_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Message(models.Model):
    """One note or answer. Its id is minted by the page, so that a form sent twice is one message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="messages", verbose_name=_("patient"))
    # A note left at the end of a session, or an answer to it.
    exercise_session = models.ForeignKey(
        ExerciseSession, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("session")
    )
    is_from_patient = models.BooleanField(_("from the patient"))
    # None for a patient whose sheet of paper was entered by nobody with a log-in.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from")
    )
    body = models.CharField(_("text"), max_length=BODY_LONGEST)
    sent_at = models.DateTimeField(_("sent"))
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("read by")
    )
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("sent_at", "id")
        indexes = (models.Index(fields=("patient", "sent_at"), name="message_patient_sent"),)
        constraints = (
            models.CheckConstraint(condition=~Q(body=""), name="message_says_something"),
            models.CheckConstraint(
                condition=Q(is_from_patient=True) | Q(author__isnull=False), name="message_of_staff_has_author"
            ),
            models.CheckConstraint(
                condition=Q(read_by=None, read_at=None) | Q(read_by__isnull=False, read_at__isnull=False),
                name="message_read_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d}: {self.body[:40]}"

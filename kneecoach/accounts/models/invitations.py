"""Invitations of patients, and what was agreed to when one was accepted."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts import rules
from kneecoach.accounts.models.people import Patient


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """The vocabulary of invitations."""

    def waiting(self) -> Self:
        """Return those that were neither accepted nor revoked, expired or not: at most one for each patient."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open_at(self, now: datetime) -> Self:
        """Return those that still let somebody in."""
        return self.waiting().filter(expires_at__gt=now)


# The history holds what was done with an invitation, not what its token could be tried against.
@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=["token_hash"])
class Invitation(models.Model):
    """A way in for one patient. It works once, until it expires or is revoked; of its token only a hash is kept."""

    class Way(models.TextChoices):
        """How it gets to the patient."""

        MAIL = "mail", _("by mail")
        SHEET = "sheet", _("on a printed sheet")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invitations", verbose_name=_("patient"))
    way = models.CharField(_("how"), max_length=5, choices=Way)
    email = models.EmailField(_("e-mail"), blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("works until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    objects: ClassVar = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-invited_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_one_waiting",
            ),
            models.CheckConstraint(condition=Q(way__in=["mail", "sheet"]), name="invitation_way_known"),
            models.CheckConstraint(condition=~Q(way="mail", email=""), name="invitation_mail_has_address"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_accepted_or_revoked"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="invitation_revoked_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.patient_id} {self.invited_at:%Y-%m-%d %H:%M}"

    def state_at(self, now: datetime) -> rules.InvitationState:
        """Tell whether it still lets somebody in, and if not, why."""
        return rules.invitation_state(
            accepted_at=self.accepted_at, revoked_at=self.revoked_at, expires_at=self.expires_at, now=now
        )

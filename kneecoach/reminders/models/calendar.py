"""The private calendar of a patient: an address that nobody guesses."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient


class CalendarFeed(models.Model):
    """That a patient has a calendar, with a hash of the secret part of its address. A new address ends the one before."""

    patient = models.OneToOneField(
        Patient, models.CASCADE, primary_key=True, related_name="calendar_feed", verbose_name=_("patient")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # What its entries are named after: a name that tells of nobody.
    seed = models.UUIDField(default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"

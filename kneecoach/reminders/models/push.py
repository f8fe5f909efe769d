"""The browsers that reminders are pushed to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Device, Patient
from kneecoach.accounts.models.devices import browser_in_words


class PushDevice(models.Model):
    """One browser that is sent reminders: the address at its push service, and the keys that only it can read them with."""

    # More phones and computers than anybody has, so that nobody lets a round of the worker last.
    MOST = 5

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="push_devices", verbose_name=_("patient"))
    # Where somebody ends it, nothing is pushed there any more. One that runs out ends nothing: its row goes, and the
    # number stays as one that nobody has. So the database does not watch over it.
    log_in = models.ForeignKey(
        Device, models.SET_NULL, null=True, related_name="+", db_constraint=False, verbose_name=_("log-in")
    )
    endpoint = models.CharField(max_length=2000, unique=True, editable=False)
    public_key = models.CharField(max_length=87, editable=False)
    auth_secret = models.CharField(max_length=22, editable=False)
    browser = models.CharField(_("browser"), max_length=30, blank=True)
    system = models.CharField(_("system"), max_length=30, blank=True)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("browser for reminders")
        verbose_name_plural = _("browsers for reminders")
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return browser_in_words(self.browser, self.system)

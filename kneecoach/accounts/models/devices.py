"""Where somebody is logged in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def browser_in_words(browser: str, system: str) -> str:
    """Return what a browser calls itself, as its owner knows it."""
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("a browser that does not say what it is")


class Device(models.Model):
    """One browser in which somebody is logged in: what it is in plain words, since when, and when it was seen last.

    No address and no fingerprint: enough for its owner to know it, and no more. The session itself is Django's.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", verbose_name=_("account")
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(_("browser"), max_length=30, blank=True)
    system = models.CharField(_("system"), max_length=30, blank=True)
    began_at = models.DateTimeField(_("logged in"))
    seen_at = models.DateTimeField(_("seen last"))
    ends_at = models.DateTimeField(_("ends at the latest"))

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-seen_at", "-pk")

    def __str__(self) -> str:
        return browser_in_words(self.browser, self.system)

"""What a physiotherapist confirmed before a patient was given the first stage."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Eligibility(models.Model):
    """A physiotherapist confirmed everything that has to hold before the first stage (docs/rules.md, Sources).

    Every sentence of exercises.eligibility in this version; for a patient under 18 those about children too, with the
    parent or guardian who agreed. Once written it stays.
    """

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="eligibility", verbose_name=_("patient"))
    version = models.PositiveSmallIntegerField(_("version of the sentences"))
    # Under 18 on the day of the confirmation, so the sentences about children were among them.
    is_minor = models.BooleanField(_("under 18"))
    guardian_name = models.CharField(_("parent or guardian who agreed"), max_length=150, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("confirmation before the first stage")
        verbose_name_plural = _("confirmations before the first stage")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_minor=False, guardian_name="")
                | models.Q(is_minor=True) & ~models.Q(guardian_name=""),
                name="eligibility_guardian_of_minors",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.patient_id} v{self.version}"

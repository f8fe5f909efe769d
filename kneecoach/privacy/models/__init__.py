"""That somebody was erased: when and how, and nothing about who it was."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One erasure, under the random id that the access log and the decisions are kept under. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.CharField(_("how"), max_length=9)
    carried_out_at = models.DateTimeField(_("carried out"))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-carried_out_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(policy__in=["erase", "anonymise"]), name="erasure_policy_known"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.carried_out_at:%Y-%m-%d} {self.policy}"

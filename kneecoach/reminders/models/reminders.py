"""The outbox: every message that was to be sent, and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from kneecoach.reminders import rules
from kneecoach.reminders.models.push import PushDevice
from progress.rules.days import PLANNED_SLOTS

KINDS, SLOTS = [kind.value for kind in rules.Kind], [slot.value for slot in PLANNED_SLOTS]
STATES = ["waiting", "sending", "sent", "silent", "given_up", "unknown"]


class Reminder(models.Model):
    """One message of one slot of one day, by mail or to one browser. It is there before anything is sent, so there is never a second one."""

    class Kind(models.TextChoices):
        """The message of a slot, or its repeat."""

        FIRST = rules.Kind.FIRST, _("first")
        REPEAT = rules.Kind.REPEAT, _("repeat")

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waits")
        # Written down before it is sent: if the worker dies now, nobody knows whether it went out, and nobody tries again.
        SENDING = "sending", _("is being sent")
        SENT = "sent", _("sent")
        SILENT = "silent", _("not needed any more")
        GIVEN_UP = "given_up", _("given up")
        UNKNOWN = "unknown", _("nobody knows whether it arrived")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="reminders", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    local_date = models.DateField(_("day"))
    slot = models.CharField(_("slot"), max_length=7)
    # Of a mail there is none.
    device = models.ForeignKey(
        PushDevice, models.CASCADE, null=True, related_name="reminders", verbose_name=_("browser for reminders")
    )
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    # When the state was written that stands.
    settled_at = models.DateTimeField(_("since"))
    # What went wrong last, without a word about anybody: the kind of error, and the code of the server.
    error = models.CharField(_("error"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ("-due_at", "-id")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("patient", "kind", "local_date", "slot", "device"), name="reminder_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="reminder_kind_known"),
            models.CheckConstraint(condition=Q(slot__in=SLOTS), name="reminder_slot_known"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="reminder_state_known"),
        )
        indexes: ClassVar = (
            models.Index(
                fields=("next_try_at",), condition=Q(state__in=("waiting", "sending")), name="reminder_unsettled"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.slot} {self.get_kind_display()}: {self.get_state_display()}"

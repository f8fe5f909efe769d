"""What a patient chooses about reminders."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient


class ReminderForm(forms.Form):
    """Whether reminders are mailed. Nothing is ticked that the patient has not ticked."""

    by_mail = forms.BooleanField(
        label=_("Remind me by e-mail"),
        required=False,
        help_text=_(
            "It says that it is time for your exercises, and nothing about you. Others may see it on your phone."
        ),
    )
    repeats = forms.BooleanField(
        label=_("Once more, an hour later"),
        required=False,
        help_text=_("Only where you have not begun by then."),
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        now = {"by_mail": patient.mail_reminders_at is not None, "repeats": patient.repeats_reminders}
        super().__init__(*args, **{"initial": now, **kwargs})
        self.has_address = bool(patient.user and patient.user.email)
        if not self.has_address:
            self.fields.clear()

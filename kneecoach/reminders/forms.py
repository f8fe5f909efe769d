"""What a patient chooses about reminders."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from kneecoach.reminders.push import host_of, is_offered
from kneecoach.reminders.sealing import SECRET_BYTES, decoded, encoded, is_point


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
            del self.fields["by_mail"]
        if is_offered():
            self.fields["repeats"].help_text = _(
                "Only where you have not begun by then. By e-mail and on your devices."
            )
        elif not self.has_address:
            self.fields.clear()


class PushForm(forms.Form):
    """What a browser says about where it takes messages; static/kneecoach/js/push.js fills it in."""

    endpoint = forms.CharField(max_length=2000)
    public_key = forms.CharField(max_length=88)
    auth_secret = forms.CharField(max_length=24)

    def clean_endpoint(self) -> str:
        """Refuse whatever is no push service that the host knows: the worker would call it."""
        endpoint = str(self.cleaned_data["endpoint"])
        if not host_of(endpoint):
            raise forms.ValidationError(_("This site does not know the service by which your browser gets messages."))
        return endpoint

    def clean_public_key(self) -> str:
        """Refuse a key that nothing can be written to."""
        return self._key("public_key", is_point)

    def clean_auth_secret(self) -> str:
        """Refuse a secret of another length."""
        return self._key("auth_secret", lambda value: len(value) == SECRET_BYTES)

    def _key(self, name: str, is_good: Callable[[bytes], bool]) -> str:
        try:
            value = decoded(self.cleaned_data[name])
        except ValueError:
            value = b""
        if not is_good(value):
            raise forms.ValidationError(_("Your browser’s answer cannot be read. Please try again."))
        return encoded(value)

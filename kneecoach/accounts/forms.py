"""What patients change about themselves."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts import rules
from kneecoach.accounts.models import Patient, User


def zone_choices() -> list[tuple[str, str]]:
    """Return all zones with readable names, in order."""
    return [(name, name.replace("_", " ").replace("/", " – ")) for name in sorted(rules.zone_names())]


class ZoneForm(forms.ModelForm):  # type: ignore[type-arg]
    """The patient's own time zone."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("Mornings and evenings follow this clock. Days that are already recorded stay as they are."),
        error_messages={"invalid_choice": _("“%(value)s” is not a time zone we know. Choose one from the list.")},
    )

    class Meta:
        model = Patient
        fields = ("time_zone",)


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """A patient as the physiotherapist enters them."""

    time_zone = forms.ChoiceField(label=_("time zone"), choices=zone_choices)
    login_email = forms.EmailField(
        label=_("E-mail for log-in"),
        required=False,
        help_text=_(
            "Opens an account: the patient logs in with a code sent to this address. Leave it empty for someone without e-mail."
        ),
    )

    muscle_found = forms.BooleanField(
        label=_("We found the muscle together"),
        required=False,
        help_text=_("Until this is said, here or by the patient, the first session is practice with the fingers."),
    )

    class Meta:
        model = Patient
        fields = ("name", "birth_date", "side", "time_zone", "lead_physiotherapist")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.user_id:
            # An account is there: its address is shown, and changed by the patient.
            self.fields["login_email"].disabled = True
            self.fields["login_email"].initial = self.instance.user.email
            self.fields["login_email"].help_text = ""

    def clean_birth_date(self) -> Any:
        """Refuse a date to come, and one that nobody can have."""
        birth_date = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        if birth_date >= today:
            raise forms.ValidationError(_("The birth date lies in the future."))
        if rules.age_on(birth_date, today) > rules.OLDEST_YEARS:
            raise forms.ValidationError(_("Please check the year of birth."))
        return birth_date

    def clean_login_email(self) -> str:
        """Refuse an address that somebody else logs in with."""
        email = str(self.cleaned_data["login_email"] or "")
        if email and not self.instance.user_id and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody logs in with this address already."))
        return email

"""What patients say about themselves, and physiotherapists about them."""

from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts import rules
from kneecoach.accounts.models import Patient, User


def zone_choices() -> list[tuple[str, str]]:
    """Return all zones with readable names, in order."""
    return [(name, name.replace("_", " ").replace("/", " – ")) for name in sorted(rules.zone_names())]


class ZoneSelect(forms.Select):
    """All zones. A template for each of hundreds of options, as the stock element has, takes as long as a page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        """Return the element with its options, the chosen one marked."""
        chosen = "".join(self.format_value(value))
        options = zone_options()
        if chosen in options:
            label = dict(zone_choices())[chosen]
            options = options | {chosen: format_html('<option value="{}" selected>{}</option>', chosen, label)}
        own = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        rows = format_html_join("\n", "{}", ((option,) for option in options.values()))
        return format_html("<select{}>\n{}\n</select>", own, rows)


@cache
def zone_options() -> dict[str, str]:
    """Return the element of each zone."""
    return {key: format_html('<option value="{}">{}</option>', key, label) for key, label in zone_choices()}


class DayForm(forms.ModelForm):  # type: ignore[type-arg]
    """The patient's own day: the time zone, and when they usually exercise."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        widget=ZoneSelect,
        help_text=_("Mornings and evenings follow this clock. Days that are already recorded stay as they are."),
        error_messages={"invalid_choice": _("“%(value)s” is not a time zone we know. Choose one from the list.")},
    )

    class Meta:
        model = Patient
        fields = ("time_zone", "morning_time", "evening_time")
        widgets = {
            "morning_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "evening_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "morning_time": _("Between 04:00 and 13:59. Leave it empty if it differs from day to day."),
            "evening_time": _("Between 14:00 and 23:59. A session at another time counts just the same."),
        }

    @property
    def day(self) -> dict[str, Any]:
        """Return what was chosen, as the service takes it."""
        cleaned = self.cleaned_data
        return {"zone": cleaned["time_zone"], "morning": cleaned["morning_time"], "evening": cleaned["evening_time"]}

    def clean_morning_time(self) -> Any:
        """Refuse a time that is no morning."""
        morning = self.cleaned_data["morning_time"]
        if morning and not rules.DAY_STARTS <= morning < rules.EVENING_STARTS:
            raise ValidationError(_("A morning is between 04:00 and 13:59."))
        return morning

    def clean_evening_time(self) -> Any:
        """Refuse a time that is no evening."""
        evening = self.cleaned_data["evening_time"]
        if evening and evening < rules.EVENING_STARTS:
            raise ValidationError(_("An evening is between 14:00 and 23:59."))
        return evening


class AgreeForm(forms.Form):
    """Consent. Nothing is ticked beforehand."""

    guardian_name = forms.CharField(
        label=_("Your name, as parent or guardian"),
        max_length=150,
        error_messages={"required": _("A parent or guardian has to agree, and type their name.")},
    )
    agrees = forms.BooleanField(
        label=_("I have read this and I agree"),
        error_messages={"required": _("Without this, Kneecoach cannot be used. Questions? Ask your clinic.")},
    )

    def __init__(self, *args: Any, is_minor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_minor:
            del self.fields["guardian_name"]


OWN_ADDRESS = forms.EmailInput(attrs={"autocomplete": "email"})


class AddressForm(forms.Form):
    """The address that codes go to; not asked for where it is proven already."""

    email = forms.EmailField(label=_("Your e-mail address"), max_length=254, widget=OWN_ADDRESS)

    def __init__(self, *args: Any, proven: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_code_%s", **kwargs})
        if proven:
            del self.fields["email"]

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return User.objects.normalize_email(self.cleaned_data["email"])


class OtherAddressForm(AddressForm):
    """The address that takes the place of the current one."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254, widget=OWN_ADDRESS)

    def __init__(self, *args: Any, current: str, **kwargs: Any) -> None:
        super().__init__(*args, proven="", **kwargs)
        self.current = current

    def clean_email(self) -> str:
        """Refuse the one that it is already."""
        email = super().clean_email()
        if email == self.current:
            raise ValidationError(_("That is your address already. Type the new one."))
        return email


class PasswordForm(AddressForm):
    """An address and a password to log in with."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("12 characters or more. A few words in a row are easy to keep in mind."),
    )

    def __init__(self, *args: Any, proven: str, name: str, **kwargs: Any) -> None:
        super().__init__(*args, proven=proven, auto_id="id_password_%s", **kwargs)
        self.proven, self.name = proven, name

    def clean_password(self) -> str:
        """Refuse one that is short, common, or the name or address again."""
        password = str(self.cleaned_data["password"])
        validate_password(password, User(name=self.name, email=self.cleaned_data.get("email", self.proven)))
        return password


class CodeForm(forms.Form):
    """A code from a mail."""

    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class OwnPasswordForm(forms.Form):
    """The password of whoever is logged in."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasskeyNameForm(forms.Form):
    """What somebody calls a passkey, so that they know which one to take away."""

    name = forms.CharField(label=_("Name"), max_length=60)


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """A patient as the physiotherapist enters them."""

    time_zone = forms.ChoiceField(label=_("time zone"), choices=zone_choices, widget=ZoneSelect)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_(
            "An invitation goes there when you save. Without e-mail, print one on the patient’s page: the account opens when it is accepted."
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
        if not self.instance._state.adding:
            # From then on, invitations have a panel of their own.
            self.fields.pop("email", None)

    def clean_birth_date(self) -> Any:
        """Refuse a date to come, and one that nobody can have."""
        birth_date = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        if birth_date >= today:
            raise forms.ValidationError(_("The birth date lies in the future."))
        if rules.age_on(birth_date, today) > rules.OLDEST_YEARS:
            raise forms.ValidationError(_("Please check the year of birth."))
        return birth_date

    def clean_email(self) -> str:
        """Refuse an address that somebody else logs in with."""
        return free_address(self.cleaned_data["email"])


class InviteForm(forms.Form):
    """An invitation by mail, under an id that the page has minted."""

    invitation_id = forms.UUIDField(widget=forms.HiddenInput)
    email = forms.EmailField(label=_("E-mail"), error_messages={"required": _("Type the address to write to.")})

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient

    def clean_email(self) -> str:
        """Refuse an address that somebody else logs in with."""
        return free_address(self.cleaned_data["email"], patient=self.patient)


class SheetForm(forms.Form):
    """An invitation to print, under an id that the page has minted."""

    invitation_id = forms.UUIDField(widget=forms.HiddenInput)


def free_address(email: str, patient: Patient | None = None) -> str:
    """Return an address as it is stored. Raises ValidationError where somebody else logs in with it."""
    email = User.objects.normalize_email(email)
    others = User.objects.filter(email__iexact=email)
    if patient and patient.user_id:
        others = others.exclude(pk=patient.user_id)
    if email and others.exists():
        raise ValidationError(_("Somebody logs in with this address already."))
    return email

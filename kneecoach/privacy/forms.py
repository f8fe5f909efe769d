"""What patients say about their data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import DataRequest


class AskForm(forms.Form):
    """A request about one's data, under an id that the page has minted. Nothing is chosen beforehand."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=[
            (DataRequest.Kind.ERASE.value, _("Erase what is stored about me")),
            (DataRequest.Kind.RESTRICT.value, _("Keep it, but do not use it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    words = forms.CharField(
        label=_("Anything you want to say about it"),
        required=False,
        max_length=DataRequest.WORDS_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("You need not give a reason."),
    )

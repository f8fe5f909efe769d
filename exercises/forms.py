"""Inputs about exercises."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MuscleForm(forms.Form):
    """Did the muscle go firm under the fingers?"""

    FOUND, NOT_YET = "found", "not_yet"
    answer = forms.ChoiceField(
        choices=[(FOUND, _("Yes, I can feel it")), (NOT_YET, _("Not yet"))],
        error_messages={
            "required": _("Please choose one of the two answers."),
            "invalid_choice": _("Please choose one of the two answers."),
        },
    )


class NewsForm(forms.Form):
    """The newest decision that was on the screen: everything up to it was read."""

    newest = forms.UUIDField()

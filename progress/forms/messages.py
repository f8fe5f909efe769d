"""Writing to the physiotherapist, and marking what was read."""

from django import forms
from django.utils.translation import gettext_lazy as _

from progress.models import BODY_LONGEST


class MessageForm(forms.Form):
    """A message under an id that the page has minted."""

    message_id = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        label=_("Your message"),
        max_length=BODY_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("Please keep it to %(limit_value)s characters."),
        },
    )


class ReadForm(forms.Form):
    """The newest message that was on the screen: everything up to it is read."""

    newest = forms.UUIDField()

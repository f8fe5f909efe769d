"""Asking for the next stage."""

from django import forms
from django.utils.translation import gettext_lazy as _

from progress.models import StageRequest

MESSAGE_LONGEST = StageRequest._meta.get_field("message").max_length


class StageRequestForm(forms.Form):
    """The wish, under an id that the page has minted, and the stage that the page has named."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    stage_key = forms.SlugField(widget=forms.HiddenInput)
    message = forms.CharField(
        label=_("Why now? Anything your physiotherapist should know?"),
        required=False,
        max_length=MESSAGE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

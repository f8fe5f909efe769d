"""What is chosen on the pages of the sheets."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kneecoach.desk.sheets.days import MOST_DAYS, Days

PAPERS = (("A4", _("A4")), ("Letter", _("US Letter")))


class DaysForm(forms.Form):
    """The first and the last day of a visit sheet, both included; today at the latest, twelve weeks at most."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """Refuse days that are still to come, the wrong way round, or too many for a sheet."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if last > self.today:
                self.add_error("last", _("This day is still to come."))
            elif first > last:
                self.add_error("first", _("The first day lies after the last."))
            elif Days(first, last).count > MOST_DAYS:
                self.add_error("first", _("Choose at most twelve weeks."))
        return cleaned

"""The questions of a session as they are answered, and what a phone sends by itself."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from exercises.models import Depth
from kneecoach.accounts.models import Side
from progress.models import (
    EFFORT_HIGHEST,
    EFFORT_LOWEST,
    PAIN_HIGHEST,
    PAIN_LOWEST,
    ExerciseSession,
    ExerciseSet,
    Rep,
)
from progress.rules import reps as rep_rules
from progress.services import RepClaim
from progress.services.opening import OpenedSet, Opening

# Milliseconds since 1970 of the years 2000 and 2100. A phone whose clock is further off is taken to mean these; what is
# believed of it is decided against the server's own time.
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000
# One set a leg for each of the stages.
SETS_MOST = 12
ID_BEYOND = 2**63


def one_message(text: str | Promise) -> dict[str, Any]:
    """Return the same sentence for everything that can be wrong with a number: it says what is right."""
    return dict.fromkeys(("invalid", "min_value", "max_value"), text)


def a_time(milliseconds: int) -> datetime:
    """Return the instant that a phone's clock means, within the years that a clock may show."""
    return datetime.fromtimestamp(min(max(milliseconds, EARLIEST_MS), LATEST_MS) / 1000, tz=UTC)


class StartForm(forms.Form):
    """Start a session under an id that the page, or later the phone, has minted."""

    session_id = forms.UUIDField()
    # Filled in by the page where the browser tells it; one that is not known is as good as none.
    zone = forms.CharField(required=False, max_length=64, empty_value="")


class ZoneAnswerForm(forms.Form):
    """Whether the patient travels, or lives where the last session was."""

    KEEP, SWITCH = "keep", "switch"
    answer = forms.ChoiceField(choices=[(KEEP, _("I am travelling")), (SWITCH, _("I live here now"))])


class OpeningForm(forms.Form):
    """A session that the phone has started itself: `opening` is what progress.services.opening.Opening holds, as JSON."""

    opening = forms.CharField(max_length=4000)

    def clean_opening(self) -> Opening:
        """Return the checked values; every set once."""
        try:
            told = json.loads(self.cleaned_data["opening"])
            sets = tuple(
                OpenedSet(UUID(row["id"]), int(row["prescription"]), Side(row["side"]).value) for row in told["sets"]
            )
            opening = Opening(
                UUID(told["session_id"]), a_time(int(told["started_at_ms"])), sets, zone=str(told.get("zone", ""))
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            raise forms.ValidationError(_("This session cannot be read.")) from None
        is_whole = 0 < len({row.id for row in sets}) == len(sets) <= SETS_MOST
        if not is_whole or not all(0 < row.prescription_id < ID_BEYOND for row in sets):
            raise forms.ValidationError(_("This session cannot be read."))
        return opening


class AnsweredAtForm(forms.Form):
    """When an answer was given, by the clock of a phone that may have had no network. Without it: now."""

    done_at_ms = forms.IntegerField(required=False)

    def answered_at(self, *, started_at: datetime, now: datetime) -> datetime:
        """Return a believable time between the start of the session and now."""
        told = self.cleaned_data.get("done_at_ms") if self.is_valid() else None
        claimed = None if told is None else a_time(told)
        return rep_rules.read_clock(claimed=claimed, started_at=started_at, received_at=now).done_at


class SafetyForm(forms.Form):
    """None of the warning signs, or at least one."""

    CLEAR, FLAG = "clear", "flag"
    answer = forms.ChoiceField(
        choices=[(CLEAR, _("None of these")), (FLAG, _("Yes, at least one"))],
        error_messages={
            "required": _("Please answer before you start."),
            "invalid_choice": _("Please choose one of the two answers."),
        },
    )


class PainForm(forms.Form):
    """A whole number from 0 to 10, or skipped. Neither is assumed."""

    value = forms.IntegerField(
        required=False,
        min_value=PAIN_LOWEST,
        max_value=PAIN_HIGHEST,
        error_messages=one_message(_("Pain is a whole number from 0 to 10.")),
    )
    skip = forms.BooleanField(required=False)
    # The screen with the warning signs sends it along with the first number.
    none_of_these = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two: a number, or the wish to skip."""
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("value") is None and not cleaned.get("skip"):
            self.add_error("value", _("Choose a number from 0 to 10, or skip the question."))
        return cleaned

    @property
    def rating(self) -> int | None:
        """Return the number, or None for skipped."""
        return None if self.cleaned_data.get("skip") else self.cleaned_data["value"]


class MinimumForm(forms.Form):
    """The fewest repetitions that were prescribed, or all of them."""

    FEWEST, ALL = "fewest", "all"
    reps = forms.ChoiceField(
        choices=[(FEWEST, ""), (ALL, "")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Please choose one of the two answers.")),
    )


class FeltForm(forms.Form):
    """Did you feel the muscle?"""

    felt = forms.ChoiceField(
        choices=ExerciseSet.Felt,
        error_messages={
            "required": _("Please choose one of the three answers."),
            "invalid_choice": _("Please choose one of the three answers."),
        },
    )


class DepthForm(forms.Form):
    """How deep was the squat, or how deep will it be at most?"""

    depth = forms.TypedChoiceField(
        choices=Depth,
        coerce=int,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Please choose one of the depths.")),
    )


class EffortForm(forms.Form):
    """How hard a session was, and a note. Both may be left out."""

    effort = forms.IntegerField(
        required=False,
        min_value=EFFORT_LOWEST,
        max_value=EFFORT_HIGHEST,
        error_messages=one_message(_("Effort is a whole number from 0 to 10.")),
    )
    note = forms.CharField(
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Please keep the note to 1000 characters.")},
    )


class StopForm(forms.Form):
    """Why a session stops early, with the words of the patient if they want to add some."""

    REASONS = [
        (reason.value, capfirst(reason.label))
        for reason in ExerciseSession.StopReason
        if reason is not ExerciseSession.StopReason.RED_FLAG
    ]
    reason = forms.ChoiceField(
        label=_("Why are you stopping?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a reason. It helps your physiotherapist."),
            "invalid_choice": _("Please choose one of the reasons."),
        },
    )
    note = forms.CharField(
        label=_("Anything to add?"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your physiotherapist reads this at the next visit. It is not watched live."),
    )


class RepForm(forms.Form):
    """One repetition as the phone, or the page without JavaScript, sends it. Without `v` it is version 1."""

    v = forms.IntegerField(required=False, min_value=1)
    number = forms.IntegerField(
        min_value=rep_rules.NUMBER_LOWEST,
        max_value=rep_rules.NUMBER_HIGHEST,
        error_messages=one_message(_("Repetitions are numbered from 1 to 60.")),
    )
    held_ms = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=rep_rules.HELD_LONGEST_MS,
        error_messages=one_message(_("A hold lasts between 0 and 120 seconds.")),
    )
    paused_ms = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=rep_rules.PAUSED_LONGEST_MS,
        error_messages=one_message(_("A pause lasts between 0 seconds and two hours.")),
    )
    outcome = forms.ChoiceField(choices=Rep.Outcome)
    method = forms.ChoiceField(choices=Rep.Method)
    done_at_ms = forms.IntegerField(required=False)

    def __init__(self, *args: Any, reps_max: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reps_max = reps_max

    def clean_number(self) -> int:
        """Keep to what was prescribed: at most its most repetitions."""
        number = int(self.cleaned_data["number"])
        if number > self.reps_max:
            raise forms.ValidationError(
                _("Repetition %(number)s does not exist: at most %(most)s are prescribed."),
                params={"number": number, "most": self.reps_max},
            )
        return number

    def clean(self) -> dict[str, Any]:
        """A repetition that was led by the clock says how long it was held."""
        cleaned = super().clean() or {}
        is_timed = cleaned.get("method") in {Rep.Method.GUIDED, Rep.Method.AUDIO}
        if is_timed and cleaned.get("held_ms") is None and "held_ms" not in self.errors:
            self.add_error("held_ms", _("The time of the hold is missing."))
        return cleaned

    @property
    def is_from_the_future(self) -> bool:
        """Tell whether it says more than this server knows to read."""
        return (self.cleaned_data.get("v") or 1) > rep_rules.PAYLOAD_VERSION

    def claim(self, rep_id: UUID) -> RepClaim:
        """Return the checked values as the service takes them."""
        data = self.cleaned_data
        done_at_ms = data.get("done_at_ms")
        return RepClaim(
            rep_id=rep_id,
            number=data["number"],
            held_ms=data.get("held_ms"),
            paused_ms=data.get("paused_ms") or 0,
            outcome=rep_rules.Outcome(data["outcome"]),
            method=data["method"],
            done_at=None if done_at_ms is None else a_time(done_at_ms),
        )

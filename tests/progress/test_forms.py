"""What patients send, and what is refused."""

import uuid
from datetime import UTC, datetime

import pytest

from progress.forms import FeltForm, PainForm, RepForm, SafetyForm, StartForm, StopForm
from progress.rules.reps import Outcome
from progress.services import RepClaim

WHOLE_NUMBER = "Pain is a whole number from 0 to 10."
NUMBER_OR_SKIP = "Choose a number from 0 to 10, or skip the question."


# --- pain ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "rating"),
    [
        ({"value": "0"}, 0),
        ({"value": "5"}, 5),
        ({"value": "10"}, 10),
        ({"value": "7", "skip": ""}, 7),
        ({"skip": "1"}, None),
        ({"value": "", "skip": "1"}, None),
    ],
)
def test_pain_form_number_or_skip_is_taken(data, rating):
    form = PainForm(data)

    assert form.errors == {}
    assert form.rating == rating


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"value": "11"}, WHOLE_NUMBER),
        ({"value": "-1"}, WHOLE_NUMBER),
        ({"value": "3.5"}, WHOLE_NUMBER),
        ({"value": "3,5"}, WHOLE_NUMBER),
        ({"value": "x"}, WHOLE_NUMBER),
        ({"value": "1e1"}, WHOLE_NUMBER),
        ({"value": "9" * 5000}, WHOLE_NUMBER),
        ({"value": "11", "skip": "1"}, WHOLE_NUMBER),
        ({"value": ""}, NUMBER_OR_SKIP),
        ({"value": " "}, WHOLE_NUMBER),
        ({}, NUMBER_OR_SKIP),
        ({"skip": ""}, NUMBER_OR_SKIP),
    ],
)
def test_pain_form_anything_else_is_refused(data, message):
    assert PainForm(data).errors == {"value": [message]}


def test_pain_form_at_first_nothing_is_chosen():
    form = PainForm()

    assert {field.value() for field in form} == {None}


# --- the other questions -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form_class", "field", "answers", "missing", "unknown"),
    [
        (
            SafetyForm,
            "answer",
            ["clear", "flag"],
            "Please answer before you start.",
            "Please choose one of the two answers.",
        ),
        (
            FeltForm,
            "felt",
            ["yes", "unsure", "no"],
            "Please choose one of the three answers.",
            "Please choose one of the three answers.",
        ),
        (
            StopForm,
            "reason",
            ["pain", "tired", "interrupted", "other"],
            "Please choose a reason. It helps your physiotherapist.",
            "Please choose one of the reasons.",
        ),
    ],
)
def test_question_takes_its_answers_and_nothing_else(form_class, field, answers, missing, unknown):
    assert [answer for answer, _label in form_class().fields[field].choices] == answers
    assert [form_class({field: answer}).is_valid() for answer in answers] == [True] * len(answers)
    assert form_class({}).errors == {field: [missing]}
    assert form_class({field: ""}).errors == {field: [missing]}
    assert form_class({field: "red_flag"}).errors == {field: [unknown]}
    assert form_class()[field].value() is None


@pytest.mark.parametrize(("length", "is_valid"), [(0, True), (300, True), (301, False)])
def test_stop_form_note_has_its_length(length, is_valid):
    form = StopForm({"reason": "pain", "note": "n" * length})

    assert form.is_valid() is is_valid


@pytest.mark.parametrize(
    ("text", "is_valid"), [(str(uuid.UUID(int=7)), True), ("7", False), ("", False), ("x" * 36, False)]
)
def test_start_form_takes_a_uuid(text, is_valid):
    assert StartForm({"session_id": text}).is_valid() is is_valid


# --- a repetition --------------------------------------------------------------------------------------------------
REP = {"number": "3", "held_ms": "3000", "paused_ms": "0", "outcome": "ok", "method": "guided"}
MISSING = object()


def rep_form(**changes: object) -> RepForm:
    """Return the form of a good repetition, with some values changed or left out; 20 are prescribed at most."""
    data = {name: value for name, value in (REP | changes).items() if value is not MISSING}
    return RepForm(data, reps_max=20)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": "1"},
        {"number": "20"},
        {"held_ms": "0"},
        {"held_ms": "120000"},
        {"paused_ms": "7200000"},
        {"paused_ms": MISSING},
        {"outcome": "skipped", "held_ms": "0"},
        {"method": "tap", "held_ms": MISSING},
        {"method": "manual", "held_ms": ""},
        {"method": "audio"},
        {"done_at_ms": "1795651200000"},
    ],
)
def test_rep_form_good_values_are_taken(changes):
    assert rep_form(**changes).errors == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "0"}, "number"),
        ({"number": "-1"}, "number"),
        ({"number": "21"}, "number"),
        ({"number": "61"}, "number"),
        ({"number": "99"}, "number"),
        ({"number": "x"}, "number"),
        ({"number": "1.5"}, "number"),
        ({"number": ""}, "number"),
        ({"number": MISSING}, "number"),
        ({"held_ms": "-1"}, "held_ms"),
        ({"held_ms": "120001"}, "held_ms"),
        ({"held_ms": str(10**9)}, "held_ms"),
        ({"held_ms": "3000.5"}, "held_ms"),
        ({"held_ms": "x"}, "held_ms"),
        ({"held_ms": "x", "method": "manual"}, "held_ms"),
        ({"held_ms": "NaN"}, "held_ms"),
        # The clock led it, so it knows how long it was held.
        ({"held_ms": MISSING}, "held_ms"),
        ({"held_ms": ""}, "held_ms"),
        ({"held_ms": MISSING, "method": "audio"}, "held_ms"),
        ({"paused_ms": "-1"}, "paused_ms"),
        ({"paused_ms": "7200001"}, "paused_ms"),
        ({"outcome": "perfect"}, "outcome"),
        ({"outcome": "OK"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": MISSING}, "outcome"),
        ({"method": "telepathy"}, "method"),
        ({"method": MISSING}, "method"),
        ({"done_at_ms": "x"}, "done_at_ms"),
    ],
)
def test_rep_form_bad_value_is_named_once(changes, field):
    errors = rep_form(**changes).errors

    assert {name: len(messages) for name, messages in errors.items()} == {field: 1}


def test_rep_form_number_beyond_the_prescribed_says_what_is_the_most():
    errors = rep_form(number="21").errors

    assert errors == {"number": ["Repetition 21 does not exist: at most 20 are prescribed."]}


def test_rep_form_several_bad_values_are_all_named():
    errors = rep_form(number="99", held_ms="-1", outcome="perfect", method="telepathy").errors

    assert set(errors) == {"number", "held_ms", "outcome", "method"}


def test_rep_form_claim_holds_what_was_sent():
    rep_id = uuid.UUID(int=7)
    form = rep_form(held_ms="2400", paused_ms="1500", outcome="short", done_at_ms="1795651200250")

    assert form.is_valid()
    assert form.claim(rep_id) == RepClaim(
        rep_id=rep_id,
        number=3,
        held_ms=2400,
        paused_ms=1500,
        outcome=Outcome.SHORT,
        method="guided",
        done_at=datetime(2026, 11, 26, 0, 0, 0, 250_000, tzinfo=UTC),
    )


@pytest.mark.parametrize(("sent", "year"), [("0", 2000), ("-5", 2000), (str(10**15), 2100), (str(10**30), 2100)])
def test_rep_form_absurd_clock_is_clamped_and_never_refused(sent, year):
    form = rep_form(done_at_ms=sent)

    assert form.is_valid()
    done_at = form.claim(uuid.UUID(int=7)).done_at
    assert done_at is not None
    assert done_at.year == year


def test_rep_form_claim_keeps_what_is_missing_apart_from_zero():
    missing = rep_form(method="manual", held_ms=MISSING, paused_ms=MISSING)
    zero = rep_form(method="manual", held_ms="0", paused_ms="0")

    claims = [form.claim(uuid.UUID(int=7)) for form in (missing, zero) if form.is_valid()]

    assert [(claim.held_ms, claim.paused_ms, claim.done_at) for claim in claims] == [(None, 0, None), (0, 0, None)]

"""The steps as the phone works them out are those of the server, whatever has been answered so far."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from progress.rules.steps import SessionFacts, SetFacts, StepKind, next_step
from progress.views.plan import facts_for_phone
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
SIDES = ("left", "right")
IDS = (UUID(int=1), UUID(int=2))
NEXT = """async (all) => {
  const { nextStep } = await import("/static/kneecoach/js/session-steps.js");
  return all.map((facts) => nextStep(facts)).map(({ kind, about }) => [kind, about]);
}"""
FACTS_AFTER = """async ([facts, answers]) => {
  const { withAnswer } = await import("/static/kneecoach/js/session-steps.js");
  return answers.reduce((known, [url, fields]) => withAnswer(known, url, fields), facts);
}"""

some_sides = st.frozensets(st.sampled_from(SIDES))
numbers = st.lists(st.integers(1, 4), unique=True).map(tuple)
sets = st.tuples(
    *(
        st.builds(
            SetFacts,
            id=st.just(key),
            is_started=st.booleans(),
            is_finished=st.booleans(),
            reps_target=st.integers(1, 3),
            numbers=numbers,
            is_felt_answered=st.booleans(),
            is_depth_answered=st.booleans(),
        )
        for key in IDS
    )
)
facts = st.builds(
    SessionFacts,
    is_left_open=st.just(value=False),
    is_safe=st.sampled_from([None, True, False]),
    is_stopped=st.booleans(),
    sides=st.sampled_from([("left",), ("right",), SIDES]),
    rated_before=some_sides,
    rated_worst=some_sides,
    sets=sets,
    is_ended=st.booleans(),
    pain_limit=st.sampled_from([None, 5]),
    over_limit=some_sides,
    is_overridden=st.booleans(),
)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return any page of the site: it can load the module."""
    return open_page("/offline/")


def test_the_phone_takes_the_same_steps_as_the_server(page: Page):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(facts, min_size=40, max_size=40))
    def same(rows: list[SessionFacts]) -> None:
        told = page.evaluate(NEXT, [facts_for_phone(row) for row in rows])
        steps = [next_step(row) for row in rows]
        assert told == [[step.kind.value, step.side or str(step.set_id or "")] for step in steps]

    same()


def test_every_step_of_the_server_is_known_to_the_phone():
    # Another kind of step has to be taught to static/kneecoach/js/session-steps.js first.
    assert {kind.value for kind in StepKind} == {
        *("safety", "pain_before", "get_ready", "reps", "pain_worst", "felt_muscle", "depth", "done", "red_flag"),
        "over_limit",
        "left_open",
    }


SET = f"/sets/{IDS[0]}"
AFTER: list[tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]] = [
    ([("/sessions/1/safety/", {"answer": "clear"})], {"isSafe": True}),
    ([("/sessions/1/safety/", {"answer": "flag"})], {"isSafe": False}),
    ([("/sessions/1/safety/", {"answer": "flag"}), ("/sessions/1/safety/", {"answer": "clear"})], {"isSafe": False}),
    ([("/sessions/1/pain/before/left/", {"value": 0})], {"ratedBefore": ["left"]}),
    (
        [("/sessions/1/pain/before/left/", {"value": 0, "none_of_these": "1"})] * 2,
        {"ratedBefore": ["left"], "isSafe": True},
    ),
    ([("/sessions/1/pain/before/left/", {"value": "5"})], {"ratedBefore": ["left"]}),
    (
        [("/sessions/1/pain/before/left/", {"value": "6"}), ("/sessions/1/pain/before/right/", {"value": 10})],
        {"ratedBefore": ["left", "right"], "overLimit": ["left", "right"]},
    ),
    (
        [("/sessions/1/pain/before/left/", {"value": "6"}), ("/sessions/1/pain/before/left/", {"skip": "1"})],
        {"ratedBefore": ["left"]},
    ),
    (
        [("/sessions/1/pain/before/left/", {"value": "6"}), ("/sessions/1/pain/worst/left/", {"value": "2"})],
        {"ratedBefore": ["left"], "ratedWorst": ["left"], "overLimit": ["left"]},
    ),
    ([("/sessions/1/override/", {})], {"isOverridden": True}),
    ([("/sessions/1/pain/worst/right/", {"skip": "1"})], {"ratedWorst": ["right"]}),
    ([("/sessions/1/stop/", {"reason": "pain"})], {"isStopped": True}),
    ([("/sessions/1/stop/", {"reason": "pain"}), ("/sessions/1/resume/", {})], {"isStopped": False}),
    (
        [(f"{SET}/finish/", {}), ("/sessions/1/pain/worst/left/", {"value": 1}), ("/sessions/1/resume/", {})],
        {"ratedWorst": [], "set": {"isFinished": False}},
    ),
    ([("/sessions/1/something-new/", {})], {}),
    ([(f"{SET}/begin/", {})], {"set": {"isStarted": True}}),
    ([(f"{SET}/minimum/", {"reps": "fewest"})], {"set": {"target": 2}}),
    ([(f"{SET}/minimum/", {"reps": "fewest"}), (f"{SET}/minimum/", {"reps": "all"})], {}),
    ([(f"{SET}/begin/", {}), (f"{SET}/minimum/", {"reps": "fewest"})], {"set": {"isStarted": True}}),
    ([(f"{SET}/finish/", {})], {"set": {"isFinished": True}}),
    ([(f"{SET}/felt/", {"felt": "no"})], {"set": {"isFelt": True}}),
    ([(f"{SET}/depth/", {"depth": "2"})], {"set": {"isDeep": True}}),
    (
        [(f"{SET}/reps/1/", {"number": 1}), (f"{SET}/reps/1/", {"number": "1"})],
        {"set": {"isStarted": True, "numbers": [1]}},
    ),
    (
        [(f"{SET}/reps/1/", {"number": 1}), (f"{SET}/reps/1/take-back/", {"number": 1})],
        {"set": {"isStarted": True, "numbers": []}},
    ),
    ([("/sets/another/begin/", {})], {}),
]


def test_facts_that_were_taken_along_before_there_was_a_limit_hold_nobody_back(page: Page):
    known = facts_for_phone(SessionFacts(False, True, False, ("left",), frozenset(), frozenset(), ()))  # noqa: FBT003
    for name in ("painLimit", "overLimit", "isOverridden"):
        known.pop(name)

    after = page.evaluate(FACTS_AFTER, [known, [("/sessions/1/pain/before/left/", {"value": "10"})]])

    assert (page.evaluate(NEXT, [known]), after["overLimit"]) == ([["pain_before", "left"]], [])


@pytest.mark.parametrize(("answers", "change"), AFTER)
def test_an_answer_changes_what_it_is_about_and_nothing_else(page: Page, answers: list[Any], change: dict[str, Any]):
    before = facts_for_phone(
        SessionFacts(
            is_left_open=False,
            is_safe=None,
            is_stopped=False,
            sides=SIDES,
            rated_before=frozenset(),
            rated_worst=frozenset(),
            pain_limit=5,
            sets=tuple(
                SetFacts(key, False, False, 3, (), False, False, reps_min=2, reps_prescribed=3)  # noqa: FBT003 -- not yet
                for key in IDS
            ),
        )
    )
    expected = json.loads(json.dumps(before))
    expected["sets"][0] |= change.get("set", {})

    after = page.evaluate(FACTS_AFTER, [before, answers])

    assert after == expected | {name: value for name, value in change.items() if name != "set"}

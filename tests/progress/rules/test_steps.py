"""What a session asks for next."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.steps import SessionFacts, SetFacts, Step, StepKind, next_step

FIRST, SECOND = UUID(int=1), UUID(int=2)
BOTH = frozenset({"left", "right"})


def a_set(**values) -> SetFacts:
    """Return a set of three repetitions that nobody has begun."""
    defaults = {
        "id": FIRST,
        "is_started": False,
        "is_finished": False,
        "reps_target": 3,
        "numbers": (),
        "is_felt_answered": False,
    }
    return SetFacts(**defaults | values)


DONE_SET = a_set(is_started=True, numbers=(1, 2, 3))
FELT_SET = a_set(is_started=True, numbers=(1, 2, 3), is_felt_answered=True)


def facts(**values) -> SessionFacts:
    """Return a session of one set for both knees, with the questions before it answered."""
    defaults = {
        "is_left_open": False,
        "is_safe": True,
        "is_stopped": False,
        "sides": ("left", "right"),
        "rated_before": BOTH,
        "rated_worst": frozenset(),
        "sets": (a_set(),),
    }
    return SessionFacts(**defaults | values)


@pytest.mark.parametrize(
    ("numbers", "number"), [((), 1), ((1,), 2), ((1, 2, 3), 4), ((2, 3), 1), ((3, 1), 2), ((1, 1, 2), 3), ((9,), 1)]
)
def test_next_number_is_the_first_that_is_free(numbers, number):
    assert a_set(numbers=numbers).next_number == number


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"numbers": (1, 2)}, True),
        ({"numbers": (1, 2, 3)}, False),
        ({"numbers": (1, 2, 3, 4)}, False),
        # A repetition that was taken back leaves its number to do.
        ({"numbers": (1, 3)}, True),
        ({"numbers": (1, 3, 4)}, True),
        ({"is_finished": True, "numbers": (1,)}, False),
        ({"is_finished": True}, False),
    ],
)
def test_has_reps_left_until_target_or_finished(values, expected):
    assert a_set(**values).has_reps_left is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"held": 2, "missed": 1}, True),
        ({"held": 0, "missed": 3}, True),
        # Enough were held, or nothing can be done again, or numbers are left anyway.
        ({"held": 3, "missed": 1}, False),
        ({"held": 2, "missed": 0}, False),
        ({"held": 1, "missed": 1, "numbers": (1, 2)}, False),
    ],
)
def test_set_lacks_what_was_missed_below_the_fewest_only(values, expected):
    row = a_set(**{"is_started": True, "numbers": (1, 2, 3), "reps_min": 3} | values)

    assert row.lacks_what_was_missed is expected


LACKING = a_set(is_started=True, numbers=(1, 2, 3), reps_min=3, held=2, missed=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"sets": (LACKING,)}, (FIRST,)),
        ({"sets": (DONE_SET, replace(LACKING, id=SECOND))}, (SECOND,)),
        ({"sets": (LACKING, replace(LACKING, id=SECOND))}, (FIRST, SECOND)),
        ({"sets": (LACKING, a_set(id=SECOND))}, ()),
        ({"sets": (LACKING, a_set(id=SECOND, is_finished=True))}, ()),
        ({"sets": (LACKING,), "is_stopped": True}, ()),
        ({"sets": (DONE_SET,)}, ()),
    ],
)
def test_missed_sets_once_the_others_are_done(values, expected):
    assert facts(**values).missed_sets == expected


def test_missed_repetitions_are_never_forced():
    """The next step is the same with and without them."""
    assert next_step(facts(sets=(LACKING,))) == next_step(facts(sets=(DONE_SET,)))


@pytest.mark.parametrize(
    ("values", "step"),
    [
        # What closes a session, before anything else.
        ({"is_safe": False}, Step(StepKind.RED_FLAG)),
        ({"is_safe": False, "is_left_open": True, "is_stopped": True}, Step(StepKind.RED_FLAG)),
        ({"is_left_open": True}, Step(StepKind.LEFT_OPEN)),
        ({"is_left_open": True, "is_safe": None}, Step(StepKind.LEFT_OPEN)),
        ({"is_left_open": True, "sets": (DONE_SET,)}, Step(StepKind.LEFT_OPEN)),
        # A session that has ended asks nothing more, whatever is missing.
        ({"is_ended": True}, Step(StepKind.DONE)),
        ({"is_ended": True, "sets": (DONE_SET,)}, Step(StepKind.DONE)),
        ({"is_ended": True, "is_safe": False}, Step(StepKind.RED_FLAG)),
        # Before the sets.
        ({"is_safe": None, "rated_before": frozenset()}, Step(StepKind.SAFETY)),
        ({"is_safe": None}, Step(StepKind.SAFETY)),
        ({"rated_before": frozenset()}, Step(StepKind.PAIN_BEFORE, side="left")),
        ({"rated_before": frozenset({"left"})}, Step(StepKind.PAIN_BEFORE, side="right")),
        ({"rated_before": frozenset({"right"})}, Step(StepKind.PAIN_BEFORE, side="left")),
        ({"sides": ("right",), "rated_before": frozenset()}, Step(StepKind.PAIN_BEFORE, side="right")),
        ({"sides": ("right",), "rated_before": frozenset({"left"})}, Step(StepKind.PAIN_BEFORE, side="right")),
        # Over the limit, unless somebody has said to go on: once all knees are known, and before anything has begun.
        ({"over_limit": frozenset({"left"})}, Step(StepKind.OVER_LIMIT)),
        (
            {"over_limit": frozenset({"left"}), "rated_before": frozenset({"left"})},
            Step(StepKind.PAIN_BEFORE, side="right"),
        ),
        ({"over_limit": BOTH, "is_overridden": True}, Step(StepKind.GET_READY, set_id=FIRST, number=1)),
        ({"over_limit": BOTH, "is_stopped": True}, Step(StepKind.DONE)),
        ({"over_limit": BOTH, "is_safe": False}, Step(StepKind.RED_FLAG)),
        ({"over_limit": BOTH, "is_safe": None}, Step(StepKind.SAFETY)),
        ({"over_limit": BOTH, "sets": (a_set(is_started=True),)}, Step(StepKind.REPS, set_id=FIRST, number=1)),
        ({"over_limit": BOTH, "sets": (a_set(numbers=(1,)),)}, Step(StepKind.GET_READY, set_id=FIRST, number=2)),
        ({"over_limit": BOTH, "sets": (a_set(is_finished=True),)}, Step(StepKind.DONE)),
        ({"pain_limit": 5}, Step(StepKind.GET_READY, set_id=FIRST, number=1)),
        # The sets.
        ({}, Step(StepKind.GET_READY, set_id=FIRST, number=1)),
        ({"sets": (a_set(is_started=True),)}, Step(StepKind.REPS, set_id=FIRST, number=1)),
        ({"sets": (a_set(is_started=True, numbers=(1, 2)),)}, Step(StepKind.REPS, set_id=FIRST, number=3)),
        ({"sets": (a_set(is_started=True, numbers=(2, 3)),)}, Step(StepKind.REPS, set_id=FIRST, number=1)),
        ({"sets": (a_set(numbers=(1,)),)}, Step(StepKind.GET_READY, set_id=FIRST, number=2)),
        ({"sets": (DONE_SET, a_set(id=SECOND))}, Step(StepKind.GET_READY, set_id=SECOND, number=1)),
        ({"sets": (a_set(is_finished=True), a_set(id=SECOND))}, Step(StepKind.GET_READY, set_id=SECOND, number=1)),
        # After them.
        ({"sets": (DONE_SET,)}, Step(StepKind.PAIN_WORST, side="left")),
        ({"sets": (DONE_SET,), "rated_worst": frozenset({"left"})}, Step(StepKind.PAIN_WORST, side="right")),
        ({"sets": (DONE_SET,), "rated_worst": BOTH}, Step(StepKind.FELT_MUSCLE, set_id=FIRST)),
        (
            {"sets": (FELT_SET, replace(DONE_SET, id=SECOND)), "rated_worst": BOTH},
            Step(StepKind.FELT_MUSCLE, set_id=SECOND),
        ),
        ({"sets": (FELT_SET,), "rated_worst": BOTH}, Step(StepKind.DONE)),
        # A squat has a depth, asked for set by set.
        ({"sets": (replace(FELT_SET, is_depth_answered=False),)}, Step(StepKind.PAIN_WORST, side="left")),
        (
            {"sets": (replace(DONE_SET, is_depth_answered=False),), "rated_worst": BOTH},
            Step(StepKind.FELT_MUSCLE, set_id=FIRST),
        ),
        (
            {"sets": (replace(FELT_SET, is_depth_answered=False), replace(DONE_SET, id=SECOND)), "rated_worst": BOTH},
            Step(StepKind.DEPTH, set_id=FIRST),
        ),
        ({"sets": (a_set(is_finished=True, is_depth_answered=False),)}, Step(StepKind.DONE)),
        # A set ended by hand before its first repetition was not done: there is nothing to ask about it.
        ({"sets": (a_set(is_finished=True),)}, Step(StepKind.DONE)),
        ({"sets": (FELT_SET, a_set(id=SECOND, is_finished=True)), "rated_worst": BOTH}, Step(StepKind.DONE)),
        ({"sets": ()}, Step(StepKind.DONE)),
        # Stopped early: whatever was done is still asked about, the rest is not.
        ({"is_stopped": True}, Step(StepKind.DONE)),
        ({"is_stopped": True, "is_safe": None, "rated_before": frozenset()}, Step(StepKind.DONE)),
        ({"is_stopped": True, "sets": (a_set(is_started=True, numbers=(1,)),)}, Step(StepKind.PAIN_WORST, side="left")),
        (
            {"is_stopped": True, "sets": (a_set(numbers=(1,)),), "rated_worst": BOTH},
            Step(StepKind.FELT_MUSCLE, set_id=FIRST),
        ),
        ({"is_stopped": True, "sets": (FELT_SET, a_set(id=SECOND)), "rated_worst": BOTH}, Step(StepKind.DONE)),
    ],
)
def test_next_step_of_a_session(values, step):
    assert next_step(facts(**values)) == step


# --- going through a session ---------------------------------------------------------------------------------------
ENDS = {StepKind.DONE, StepKind.RED_FLAG, StepKind.LEFT_OPEN}


def answer(state: SessionFacts, step: Step) -> SessionFacts:
    """Return the session after a patient did what the step asks for."""
    match step.kind:
        case StepKind.SAFETY:
            return replace(state, is_safe=True)
        case StepKind.PAIN_BEFORE:
            return replace(state, rated_before=state.rated_before | {step.side})
        case StepKind.OVER_LIMIT:
            return replace(state, is_overridden=True)
        case StepKind.PAIN_WORST:
            return replace(state, rated_worst=state.rated_worst | {step.side})
    changed = tuple(answer_in_set(row, step) if row.id == step.set_id else row for row in state.sets)
    return replace(state, sets=changed)


def answer_in_set(row: SetFacts, step: Step) -> SetFacts:
    """Return the set after a patient did what the step asks for."""
    match step.kind:
        case StepKind.GET_READY:
            return replace(row, is_started=True)
        case StepKind.REPS:
            return replace(row, numbers=(*row.numbers, step.number))
        case StepKind.DEPTH:
            return replace(row, is_depth_answered=True)
    return replace(row, is_felt_answered=True)


def walk(state: SessionFacts) -> list[Step]:
    """Return every step to the end, or as many as a session can have."""
    steps = [next_step(state)]
    most = 2 + 2 * len(state.sides) + sum(2 + row.reps_target for row in state.sets)
    while steps[-1].kind not in ENDS and len(steps) <= most:
        state = answer(state, steps[-1])
        steps.append(next_step(state))
    return steps


def test_next_step_whole_session_comes_in_order():
    state = facts(
        is_safe=None,
        sides=("left",),
        rated_before=frozenset(),
        sets=(a_set(reps_target=2), a_set(id=SECOND, reps_target=1)),
    )

    steps = walk(state)

    assert steps == [
        Step(StepKind.SAFETY),
        Step(StepKind.PAIN_BEFORE, side="left"),
        Step(StepKind.GET_READY, set_id=FIRST, number=1),
        Step(StepKind.REPS, set_id=FIRST, number=1),
        Step(StepKind.REPS, set_id=FIRST, number=2),
        Step(StepKind.GET_READY, set_id=SECOND, number=1),
        Step(StepKind.REPS, set_id=SECOND, number=1),
        Step(StepKind.PAIN_WORST, side="left"),
        Step(StepKind.FELT_MUSCLE, set_id=FIRST),
        Step(StepKind.FELT_MUSCLE, set_id=SECOND),
        Step(StepKind.DONE),
    ]


any_sides = st.sampled_from([(), ("left",), ("right",), ("left", "right")])
any_rated = st.frozensets(st.sampled_from(["left", "right"]))
any_set = st.builds(
    SetFacts,
    id=st.uuids(),
    is_started=st.booleans(),
    is_finished=st.booleans(),
    reps_target=st.integers(1, 30),
    numbers=st.lists(st.integers(1, 60), max_size=60).map(tuple),
    is_felt_answered=st.booleans(),
)
any_session = st.builds(
    SessionFacts,
    is_left_open=st.booleans(),
    is_safe=st.sampled_from([None, True, False]),
    is_stopped=st.booleans(),
    sides=any_sides,
    rated_before=any_rated,
    rated_worst=any_rated,
    over_limit=any_rated,
    is_overridden=st.booleans(),
    sets=st.lists(any_set, max_size=4, unique_by=lambda row: row.id).map(tuple),
)


@given(state=any_session)
def test_next_step_from_any_state_comes_to_an_end_and_asks_nothing_twice(state):
    steps = walk(state)

    end = StepKind.RED_FLAG if state.is_safe is False else StepKind.LEFT_OPEN if state.is_left_open else StepKind.DONE
    assert steps[-1] == Step(end)
    assert len(set(steps)) == len(steps)


@given(state=any_session)
def test_next_step_number_is_free_and_within_the_target(state):
    step = next_step(state)

    row = next((row for row in state.sets if row.id == step.set_id and step.number), None)
    assert row is None or (step.number not in row.numbers and 1 <= step.number <= row.reps_target)

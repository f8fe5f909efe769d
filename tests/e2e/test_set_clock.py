"""The state machine of a set, apart from any page: a script of times and taps goes in, what it tells comes out."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STAGES: dict[int, list[dict[str, Any]]] = {
    1: [{"kind": "hold", "seconds": 3, "counts": True}, {"kind": "relax", "seconds": 3, "counts": False}],
    2: [
        {"kind": "lift", "seconds": 2, "counts": False},
        {"kind": "hold", "seconds": 3, "counts": True},
        {"kind": "lower", "seconds": 3, "counts": False},
        {"kind": "relax", "seconds": 3, "counts": False},
    ],
    3: [
        {"kind": "lower", "seconds": 3, "counts": False},
        {"kind": "hold", "seconds": 3, "counts": True},
        {"kind": "lift", "seconds": 2, "counts": False},
        {"kind": "relax", "seconds": 3, "counts": False},
    ],
}
# Each act is [name, milliseconds]; "look" moves the clock on in steps of 50 ms, "jump" all at once.
PLAY = """
async ({phases, target, taken, acts}) => {
  const { SetClock } = await import("/static/kneecoach/js/set-clock.js");
  const told = [];
  let id = 0;
  let now = 1000;
  const clock = new SetClock({ phases, target, taken, readySeconds: 5, mintId: () => `rep-${(id += 1)}`,
    tell: (news) => told.push({ ...news, now }) });
  for (const [name, value] of acts) {
    if (name === "look") for (let left = value; left > 0; left -= 50) { now += Math.min(50, left); clock.look(now); }
    else if (name === "jump") { now += value; clock.look(now); }
    else if (name === "catchUp") clock.catchUp(value);
    else clock[name](now, value ?? undefined);
  }
  return { told, state: clock.state, number: clock.number, ahead: clock.ahead };
}
"""


@pytest.fixture
def play(open_page: OpenPage):
    """Return a function that plays acts to a new clock."""
    page = open_page("/account/login/")

    def run(*acts: Any, stage: int = 1, target: int = 3, taken: tuple[int, ...] = ()) -> dict[str, Any]:
        script = [list(act) if isinstance(act, tuple) else [act, None] for act in acts]
        return page.evaluate(PLAY, {"phases": STAGES[stage], "target": target, "taken": list(taken), "acts": script})

    return run


def reps(played: dict[str, Any]) -> list[tuple[int, str, int]]:
    """Return number, outcome and hold of every repetition that was handed in."""
    return [
        (news["rep"]["number"], news["rep"]["outcome"], news["rep"]["heldMs"])
        for news in played["told"]
        if news["type"] == "rep"
    ]


def phases(played: dict[str, Any]) -> list[tuple[str, int]]:
    """Return every part with the time it began."""
    return [(news["kind"], news["at"]) for news in played["told"] if news["type"] == "phase"]


def test_set_is_led_from_ready_to_over(play):
    played = play("begin", ("look", 5000 + 3 * 6000), target=3)

    assert reps(played) == [(1, "ok", 3000), (2, "ok", 3000), (3, "ok", 3000)]
    assert phases(played)[:4] == [("ready", 1000), ("hold", 6000), ("relax", 9000), ("hold", 12000)]
    assert (played["told"][-1]["type"], played["state"]) == ("over", "over")


def test_every_part_of_the_second_stage_has_its_time(play):
    played = play("begin", ("look", 5000 + 11000), stage=2)

    assert phases(played)[:6] == [
        ("ready", 1000), ("lift", 6000), ("hold", 8000), ("lower", 11000), ("relax", 14000), ("lift", 17000),
    ]  # fmt: skip
    assert reps(played) == [(1, "ok", 3000)]


def test_repetition_is_handed_in_as_the_hold_ends(play):
    assert reps(play("begin", ("look", 7950))) == []
    assert reps(play("begin", ("look", 8000))) == [(1, "ok", 3000)]


def test_lateness_does_not_add_up(play):
    played = play("begin", ("jump", 1400), *[("jump", 1490)] * 14)

    assert [at for kind, at in phases(played) if kind == "hold"] == [6000, 12000, 18000]
    assert {held for _number, _outcome, held in reps(played)} == {3000}


def test_sleep_is_never_credited(play):
    played = play("begin", ("look", 6000), ("jump", 600_000))

    assert reps(played) == []
    paused = played["told"][-1]
    assert (paused["type"], paused["because"], paused["isBroken"], played["state"]) == (
        "paused",
        "slept",
        True,
        "paused",
    )


def test_broken_hold_starts_again_and_counts_its_pause(play):
    played = play("begin", ("look", 7000), "pause", ("jump", 20_000), "resume", ("look", 8000))

    assert reps(played) == [(1, "ok", 3000)]
    (rep,) = (news["rep"] for news in played["told"] if news["type"] == "rep")
    assert rep["pausedMs"] == 20_000


def test_pause_in_the_rest_goes_on_there(play):
    played = play("begin", ("look", 9000), "pause", ("jump", 5000), "resume", ("look", 2000))

    assert [kind for kind, _at in phases(played)][-2:] == ["relax", "hold"]
    assert played["state"] == "running"


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param(["begin", ("look", 6000), "skip"], [(1, "skipped", 1000)], id="skip-in-the-hold"),
        pytest.param(["begin", ("look", 2000), "skip"], [(1, "skipped", 0)], id="skip-while-getting-ready"),
        pytest.param(["begin", ("look", 8500), "skip"], [(1, "ok", 3000)], id="skip-the-rest"),
        pytest.param(
            ["begin", ("look", 6000), "pause", ("jump", 9000), "skip"], [(1, "skipped", 1000)], id="skip-while-paused"
        ),
        pytest.param(["begin", ("look", 6500), "hurts"], [(1, "stopped_pain", 1500)], id="hurts-in-the-hold"),
        pytest.param(["begin", ("look", 8500), "hurts"], [(1, "ok", 3000)], id="hurts-in-the-rest"),
        pytest.param(["begin", ("look", 2000), "hurts"], [], id="hurts-before-the-hold"),
        pytest.param(["begin", ("look", 6000), "repeat", ("look", 8000)], [(1, "ok", 3000)], id="again-in-the-hold"),
        pytest.param(
            ["begin", ("look", 8500), "repeat", ("look", 8000)], [(1, "ok", 3000), (1, "ok", 3000)], id="again-after"
        ),
        pytest.param(
            ["skip", "skip", "skip"], [(1, "skipped", 0), (2, "skipped", 0), (3, "skipped", 0)], id="skip-all"
        ),
    ],
)
def test_taps(play, acts, expected):
    assert reps(play(*acts)) == expected


def test_repeat_takes_the_last_one_back(play):
    played = play("begin", ("look", 8500), "repeat")

    assert [news["type"] for news in played["told"]][-2:] == ["taken-back", "phase"]
    assert played["number"] == 1


def test_undo_frees_the_number_and_waits(play):
    played = play("begin", ("look", 5000 + 6000 + 500), "undo")

    assert [news["rep"]["number"] for news in played["told"] if news["type"] == "taken-back"] == [1]
    assert (played["number"], played["state"]) == (1, "paused")
    assert play("begin", ("look", 2000), "undo")["state"] == "running"


def test_numbers_that_are_taken_are_left_out(play):
    assert reps(play("begin", ("look", 20_000), target=4, taken=(1, 3))) == [(2, "ok", 3000), (4, "ok", 3000)]
    assert reps(play("begin", ("look", 5500), ("catchUp", [1, 2]), ("look", 3000))) == [(3, "ok", 3000)]


def test_ahead_reaches_to_the_end_of_the_next_repetition(play):
    ahead = play("begin", ("look", 5500))["ahead"]
    assert [(part["kind"], part["at"], part["number"]) for part in ahead] == [
        ("hold", 6000, 1), ("relax", 9000, 1), ("hold", 12000, 2), ("relax", 15000, 2),
    ]  # fmt: skip
    last = play("begin", ("look", 5500 + 12000))["ahead"]
    assert [part["kind"] for part in last] == ["hold", "relax"]
    assert play("begin", ("look", 5500), "pause")["ahead"] == []


ACTS = st.one_of(
    st.tuples(st.just("look"), st.integers(1, 9000)),
    st.tuples(st.just("jump"), st.integers(1, 4000)),
    st.sampled_from(["begin", "pause", "resume", "skip", "repeat", "undo"]).map(lambda name: (name, None)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=25))
def test_whatever_happens_no_hold_is_credited_that_did_not_last(play, acts):
    acts = [act for act in acts if act[0] != "begin"]
    played = play("begin", *acts, target=5)

    standing: dict[int, str] = {}
    for news in played["told"]:
        if news["type"] == "rep":
            assert news["rep"]["number"] not in standing
            standing[news["rep"]["number"]] = news["rep"]["id"]
        elif news["type"] == "taken-back":
            assert standing.pop(news["rep"]["number"]) == news["rep"]["id"]
    last_hold = None
    for news in played["told"]:
        if news["type"] == "phase":
            last_hold = news if news["kind"] == "hold" else last_hold
        elif news["type"] == "rep" and news["rep"]["outcome"] == "ok":
            assert last_hold is not None
            assert news["now"] - last_hold["at"] >= 3000
            assert news["rep"]["heldMs"] == 3000

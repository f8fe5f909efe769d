"""Random sequences of whatever phones and networks do, sent to the real views; a plain model says what must be there.

The model knows three rules and no database: an id counts once, a number has one repetition that stands, and the first
to arrive counts. The oracle of the browser tests judges the same tables besides.
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from progress.models import ExerciseSet
from tests.e2e.hands import ready_set
from tests.factories import make_patient
from tests.faults.ledger import Done, Line, Row, conflicts_of, judge, table_of
from tests.fixtures import client_of

HOLD_MS, SHORT_BY_MS = 3000, 500
NUMBERS = st.integers(1, 4)
REPS = 5

# A repetition of which both phones may speak: few ids and few numbers, so that they meet often.
PAYLOADS = st.builds(
    lambda number, held_ms, outcome: {"number": number, "held_ms": held_ms, "outcome": outcome},
    NUMBERS,
    st.sampled_from([HOLD_MS, HOLD_MS - SHORT_BY_MS, HOLD_MS - SHORT_BY_MS - 1, 0]),
    st.sampled_from(["ok", "short", "skipped", "stopped_pain"]),
)


@dataclass(frozen=True)
class Send:
    """One request. Of `is_lost` the phone hears no answer: it will send again."""

    rep: int
    payload: dict[str, Any]
    is_taken_back: bool = False
    has_payload: bool = True
    is_foreign: bool = False
    is_lost: bool = False

    @property
    def times(self) -> int:
        """How often it is sent."""
        return 2 if self.is_lost else 1


SENDS = st.builds(
    Send,
    rep=st.integers(0, REPS - 1),
    payload=PAYLOADS,
    is_taken_back=st.sampled_from([False, False, False, True]),
    has_payload=st.booleans(),
    is_foreign=st.sampled_from([False] * 7 + [True]),
    is_lost=st.booleans(),
)


@dataclass
class Model:
    """What must be in the tables, and what each request must be answered."""

    rows: dict[str, Row] = field(default_factory=dict)
    conflicts: set[Done] = field(default_factory=set)

    def take(self, rep_id: str, send: Send) -> int:
        """Take a request as the server must take it. Returns the status of its answer."""
        if send.is_foreign:
            return 403
        done = told(rep_id, send)
        if send.is_taken_back:
            return self._take_back(rep_id, done if send.has_payload else None)
        return self._store(done)

    def _store(self, done: Done) -> int:
        standing = self.rows.get(done.rep_id) or self._holder(done.number)
        if standing is None:
            self.rows[done.rep_id] = Row(done)
            return 200
        if standing.done == done:
            return 200
        self.conflicts.add(done)
        return 409

    def _take_back(self, rep_id: str, done: Done | None) -> int:
        known = self.rows.get(rep_id)
        if known:
            self.rows[rep_id] = replace(known, stands=False)
            return 200
        if done is None:
            return 404
        self.rows[rep_id] = Row(done, stands=False)
        return 200

    def _holder(self, number: int) -> Row | None:
        return next((row for row in self.rows.values() if row.stands and row.done.number == number), None)


def told(rep_id: str, send: Send) -> Done:
    """Return what a request says, with an outcome that its hold bears out."""
    number, held_ms, outcome = (send.payload[name] for name in ("number", "held_ms", "outcome"))
    if outcome == "ok" and held_ms < HOLD_MS - SHORT_BY_MS:
        outcome = "short"
    return Done(rep_id, number, held_ms, 0, outcome)


class Server:
    """The real views, asked by two devices of one patient."""

    def __init__(self) -> None:
        self.patient = make_patient()
        self.exercise_set: ExerciseSet = ready_set(self.patient)
        self.devices: list[Client] = [client_of(self.patient.user), client_of(self.patient.user)]
        self.ids = [str(uuid.uuid4()) for _ in range(REPS)]

    def take(self, send: Send, device: int) -> int:
        """Send a request, as an outbox does; return the status of its answer."""
        address = f"/sets/{self.exercise_set.pk}/reps/{self.ids[send.rep]}/"
        fields = {"v": 2, "paused_ms": 0, "method": "guided", **send.payload}
        if send.is_taken_back:
            address += "take-back/"
            fields = {"taken_back_at_ms": 1, **(fields if send.has_payload else {})}
        entry = str(uuid.uuid4())
        headers = {
            "HX-Request": "true",
            "X-Outbox-Id": entry,
            "X-Outbox-Owner": str(uuid.uuid4() if send.is_foreign else self.patient.pk),
        }
        answer = self.devices[device].post(address, fields, headers=headers)
        # The proof by which a phone forgets: only what was answered for gets it.
        if answer.status_code in {200, 409}:
            assert answer.headers["X-Outbox-Receipt"] == entry
        return answer.status_code


@pytest.mark.slow
@pytest.mark.django_db
# Sequences are short as they are; to shrink one would take minutes.
@settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(sends=st.lists(SENDS, max_size=10), data=st.data())
def test_whatever_arrives_in_whatever_order_the_tables_say_what_the_model_says(sends: list[Send], data: st.DataObject):
    server, model, ledger = Server(), Model(), []
    # Each goes once for every answer that was lost, and the network does not keep their order.
    for send in data.draw(st.permutations([one for one in sends for _ in range(one.times)])):
        rep_id = server.ids[send.rep]
        answered = server.take(send, device=data.draw(st.integers(0, 1)))
        assert answered == model.take(rep_id, send), send
        ledger += lines_of(rep_id, send, answered)

    table, conflicts = table_of(server.exercise_set), conflicts_of(server.exercise_set)
    assert {row.done: row.stands for row in table} == {row.done: row.stands for row in model.rows.values()}
    assert set(conflicts) == model.conflicts
    assert judge(ledger, table, conflicts) == []


def lines_of(rep_id: str, send: Send, answered: int) -> list[Line]:
    """Return what is in the phone's ledger and was taken. What was refused stays on the phone, and is shown there."""
    if answered not in {200, 409}:
        return []
    done = told(rep_id, send) if send.has_payload or not send.is_taken_back else None
    # A repetition that the server has is taken back by its id; the words that come along are then not needed.
    return [Line(rep_id, done, is_back=send.is_taken_back, is_kept=not send.is_taken_back)]


def test_model_is_no_mirror():
    """A server that forgets, or stores twice, does not pass: the model keeps its own books."""
    model, payload = Model(), {"number": 1, "held_ms": HOLD_MS, "outcome": "ok"}
    assert model.take("a", Send(0, payload)) == 200
    assert model.take("b", Send(1, payload)) == 409
    assert model.take("a", Send(0, payload, is_taken_back=True)) == 200
    assert model.take("b", Send(1, payload)) == 200
    assert model.take("a", Send(0, {**payload, "held_ms": 0})) == 409
    assert [(row.done.rep_id, row.stands) for row in model.rows.values()] == [("a", False), ("b", True)]

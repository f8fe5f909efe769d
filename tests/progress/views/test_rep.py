"""One repetition under its own id: stored once, whoever sends it how often."""

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from progress.models import ExerciseSet, Rep, RepConflict
from tests.factories import do_reps, later, make_finished_session, make_ready_session, sets_of
from tests.pages import HTMX, faults, is_page, soup, step_of, text_at, texts_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db

REP_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
GUIDED = {"number": "1", "held_ms": "3000", "paused_ms": "0", "outcome": "ok", "method": "guided"}
CONFLICT = (
    "This repetition was already recorded, perhaps on another device. The first record counts; "
    "your physiotherapist can see both."
)


def url_of(row: ExerciseSet, rep_id: uuid.UUID = REP_ID) -> str:
    """Return the address of a repetition."""
    return f"/sets/{row.pk}/reps/{rep_id}/"


def ms(moment: datetime) -> str:
    """Return an instant as a phone says it."""
    return str(round(moment.timestamp() * 1000))


def reps() -> list[tuple[object, ...]]:
    """Return every repetition in the database."""
    return list(Rep.objects.order_by("number").values_list("pk", "number", "held_ms", "outcome", "method"))


def test_rep_is_stored_and_leads_to_the_next(patient_client: Client, begun_set):
    response = patient_client.post(url_of(begun_set), {"number": "1", "outcome": "ok", "method": "manual"}, follow=True)

    assert response.redirect_chain == [(f"/sessions/{begun_set.exercise_session_id}/", 302)]
    assert soup(response).find("input", {"name": "number"})["value"] == "2"
    assert reps() == [(REP_ID, 1, None, "ok", "manual")]


def test_rep_with_htmx_answers_with_the_counter(patient_client: Client, begun_set):
    data = {**GUIDED, "held_ms": "3120", "paused_ms": "40", "done_at_ms": ms(later(NOW, seconds=-0))}

    response = patient_client.post(url_of(begun_set), data, headers=HTMX)

    counter = soup(response).find(id="rep-count")
    rep = Rep.objects.get()
    assert (response.status_code, is_page(response)) == (200, False)
    assert (counter["data-number"], counter["data-over"]) == ("2", "0")
    assert reps() == [(REP_ID, 1, 3120, "ok", "guided")]
    assert (rep.paused_ms, rep.done_at, rep.received_at, rep.is_clock_suspect) == (40, NOW, NOW, False)


def test_rep_of_the_target_ends_the_set(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=range(1, 10))

    response = patient_client.post(url_of(begun_set), {**GUIDED, "number": "10"}, headers=HTMX)

    assert soup(response).find(id="rep-count")["data-over"] == "1"
    assert step_of(patient_client.get(f"/sessions/{begun_set.exercise_session_id}/")) == "pain_worst"


def test_rep_begins_the_set_that_the_phone_began_offline(patient_client: Client, ready_set):
    patient_client.post(url_of(ready_set), GUIDED, headers=HTMX)

    ready_set.refresh_from_db()
    assert (ready_set.started_at, Rep.objects.count()) == (NOW, 1)


@pytest.mark.parametrize(
    ("outcome", "held_ms", "stored"),
    [("ok", 3000, "ok"), ("ok", 2500, "ok"), ("ok", 2499, "short"), ("ok", 0, "short"), ("skipped", 0, "skipped")],
)
def test_rep_says_what_was_really_held(patient_client: Client, begun_set, outcome: str, held_ms: int, stored: str):
    data = {**GUIDED, "outcome": outcome, "held_ms": str(held_ms)}

    response = patient_client.post(url_of(begun_set), data, headers=HTMX)

    assert response.status_code == 200
    assert reps() == [(REP_ID, 1, held_ms, stored, "guided")]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rep_sent_again_is_the_stored_one(patient_client: Client, begun_set, headers: dict[str, str], clock):
    first = patient_client.post(url_of(begun_set), GUIDED, headers=headers)
    clock.move_to(later(NOW, minutes=3), tick=False)
    before = all_rows()

    again = patient_client.post(url_of(begun_set), GUIDED, headers=headers)

    assert (again.status_code, first.status_code) == ((200, 200) if headers else (302, 302))
    assert texts_at(again, "p") == texts_at(first, "p")
    assert all_rows() == before
    assert reps() == [(REP_ID, 1, 3000, "ok", "guided")]


def test_rep_sent_again_after_the_session_ended_is_still_the_stored_one(patient_client: Client, patient, prescription):
    done = make_finished_session(patient=patient, now=NOW)
    stored = Rep.objects.get(number=4)
    data = {**GUIDED, "number": "4", "held_ms": str(stored.held_ms)}
    before = all_rows()

    response = patient_client.post(url_of(sets_of(done)[0], stored.pk), data, headers=HTMX)

    assert (response.status_code, soup(response).find(id="rep-count")["data-over"]) == (200, "1")
    assert all_rows() == before


@pytest.mark.parametrize(
    ("rep_id", "data"),
    [
        (REP_ID, {"held_ms": "2000", "outcome": "short"}),
        (REP_ID, {"outcome": "skipped"}),
        (uuid.UUID("00000000-0000-4000-8000-000000000002"), {}),
    ],
)
def test_rep_in_conflict_keeps_the_first_and_says_so(
    patient_client: Client, begun_set, rep_id: uuid.UUID, data: dict[str, str]
):
    patient_client.post(url_of(begun_set), GUIDED, headers=HTMX)

    fragment = patient_client.post(url_of(begun_set, rep_id), {**GUIDED, **data}, headers=HTMX)
    page = patient_client.post(url_of(begun_set, rep_id), {**GUIDED, **data})

    conflict = RepConflict.objects.get()
    assert (fragment.status_code, is_page(fragment), text_at(fragment, "#rep-count p")) == (409, False, CONFLICT)
    assert (page.status_code, is_page(page), step_of(page)) == (409, True, "reps")
    assert text_at(page, ".message") == CONFLICT
    assert faults(page) == []
    assert reps() == [(REP_ID, 1, 3000, "ok", "guided")]
    assert (conflict.rep_id, conflict.claimed_id) == (REP_ID, rep_id)
    assert (conflict.held_ms, conflict.outcome) == (int(data.get("held_ms", 3000)), data.get("outcome", "ok"))


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    "data",
    [
        {"number": "0"},
        {"number": "-1"},
        {"number": "21"},
        {"number": "99"},
        {"number": "1.5"},
        {"number": "x"},
        {"number": ""},
        {"held_ms": "-1"},
        {"held_ms": "1000000000"},
        {"held_ms": "3.5"},
        {"held_ms": ""},
        {"paused_ms": "-1"},
        {"paused_ms": "1000000000"},
        {"outcome": "great"},
        {"outcome": ""},
        {"method": "magic"},
        {"method": ""},
        {"done_at_ms": "yesterday"},
    ],
)
def test_rep_that_cannot_be_says_why_and_writes_nothing(
    patient_client: Client, begun_set, data: dict[str, str], headers: dict[str, str]
):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    before = all_rows()

    response = patient_client.post(url_of(begun_set), {**GUIDED, "number": "2", **data}, headers=headers)

    errors = texts_at(response, ".form-errors li")
    assert (response.status_code, len(errors), is_page(response)) == (422, 1, not headers)
    assert bool(headers) or (step_of(response), faults(response)) == ("reps", [])
    assert all_rows() == before


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("99", "Repetitions are numbered from 1 to 60."),
        ("21", "Repetition 21 does not exist: at most 20 are prescribed."),
    ],
)
def test_rep_beyond_what_is_prescribed_names_the_bound(patient_client: Client, begun_set, number: str, error: str):
    response = patient_client.post(url_of(begun_set), {**GUIDED, "number": number}, headers=HTMX)

    assert texts_at(response, ".form-errors li") == [error]


def test_rep_up_to_the_most_that_is_prescribed_is_taken(patient_client: Client, begun_set):
    response = patient_client.post(url_of(begun_set), {**GUIDED, "number": "20"}, headers=HTMX)

    assert response.status_code == 200
    assert reps() == [(REP_ID, 20, 3000, "ok", "guided")]


@pytest.mark.parametrize("done_at_ms", ["0", "1", ms(datetime(2031, 1, 1, tzinfo=UTC)), "9" * 15])
def test_rep_with_a_wrong_clock_is_clamped_and_flagged(patient_client: Client, begun_set, done_at_ms: str):
    data = {**GUIDED, "done_at_ms": done_at_ms}

    response = patient_client.post(url_of(begun_set), data, headers=HTMX)

    rep = Rep.objects.get()
    assert (response.status_code, rep.done_at, rep.is_clock_suspect) == (200, NOW, True)


def test_rep_done_in_time_that_arrives_three_days_late_is_kept(patient_client: Client, begun_set, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    data = {**GUIDED, "done_at_ms": ms(later(NOW, minutes=1))}

    response = patient_client.post(url_of(begun_set), data, headers=HTMX)

    assert response.status_code == 200
    assert Rep.objects.get().done_at == later(NOW, minutes=1)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rep_done_after_the_day_of_its_session_is_refused(
    patient_client: Client, begun_set, headers: dict[str, str], clock
):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(begun_set), {**GUIDED, "number": "2"}, headers=headers)

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert texts_at(response, ".row-note") == ["1 of 10 held"]
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rep_in_somebody_elses_set_is_not_found(patient_client: Client, other_set, headers: dict[str, str]):
    stored = do_reps(exercise_set=other_set, now=NOW, numbers=[1])[0]
    before = all_rows()

    answers = [
        patient_client.post(url, GUIDED, headers=headers)
        for url in (
            url_of(other_set),
            url_of(other_set, stored.pk),
            f"/sets/{uuid.uuid4()}/reps/{stored.pk}/",
            f"/sets/{uuid.uuid4()}/reps/{REP_ID}/",
        )
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert all_rows() == before


def test_rep_under_the_id_of_somebody_elses_repetition_is_not_found(patient_client: Client, begun_set, other_set):
    foreign = do_reps(exercise_set=other_set, now=NOW, numbers=[1])[0]
    before = all_rows()

    response = patient_client.post(url_of(begun_set, foreign.pk), GUIDED, headers=HTMX)

    assert response.status_code == 404
    assert all_rows() == before


@pytest.mark.parametrize("history", [1, 50])
@pytest.mark.parametrize("number", [1, 20])
def test_rep_queries(
    patient_client: Client, patient, prescription, history: int, number: int, django_assert_num_queries
):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)
    row = sets_of(make_ready_session(patient=patient, now=NOW))[0]
    do_reps(exercise_set=row, now=NOW, numbers=range(1, number))

    # session, user with patient; the set, locked, and its repetitions; the new one; a transaction is two statements here
    with django_assert_num_queries(7):
        patient_client.post(url_of(row), {**GUIDED, "number": str(number)}, headers=HTMX)


def test_rep_rejects_get(patient_client: Client, begun_set):
    assert patient_client.get(url_of(begun_set)).status_code == 405


def test_rep_leads_anonymous_to_log_in(client: Client, begun_set):
    url = url_of(begun_set)
    before = all_rows()

    plain, htmx = client.post(url, GUIDED), client.post(url, GUIDED, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before

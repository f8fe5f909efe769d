"""About an hour after a session: asked where the pain calls for it, and not before."""

import uuid

import pytest
from django.test import Client

from progress.models import PainRating
from tests.factories import later, make_finished_session, make_prescription, make_ready_session
from tests.pages import HTMX, faults, form_errors, is_page, soup, text_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(patient, prescription, clock):
    """Return a session with a worst pain of 5, and move the clock to an hour after it."""
    made = make_finished_session(patient=patient, now=NOW, pain_before=2, pain_worst=5)
    clock.move_to(later(made.ended_at, hours=1), tick=False)
    return made


def url_of(session, side: str = "right") -> str:
    """Return where the answer goes."""
    return f"/checks/hour-later/{session.pk}/{side}/"


def hours() -> list[tuple[object, str, str, int | None]]:
    """Return every rating about an hour later."""
    rows = PainRating.objects.filter(moment="hour_later").order_by("side")
    return list(rows.values_list("exercise_session", "side", "status", "value"))


def test_today_asks_an_hour_later(patient_client: Client, session):
    response = patient_client.get("/")

    assert (
        text_at(response, "#asking h2") == "How much does your right knee hurt now, about an hour after the exercises?"
    )
    assert soup(response).select_one("#asking form")["action"] == url_of(session)
    assert faults(response) == []


@pytest.mark.parametrize(
    ("before", "worst", "is_asked"),
    [
        (2, 4, True),
        (2, 3, False),
        (1, 3, True),
        (0, 2, True),
        (0, 1, False),
        (None, 3, False),
        (None, 4, True),
        (3, None, False),
    ],
)
def test_it_is_asked_where_the_limit_or_the_rise_calls_for_it(
    patient_client: Client, patient, prescription, clock, before: int | None, worst: int | None, *, is_asked: bool
):
    made = make_finished_session(patient=patient, now=NOW, pain_before=before, pain_worst=worst)
    clock.move_to(later(made.ended_at, hours=1), tick=False)

    assert bool(soup(patient_client.get("/")).select_one("#asking")) is is_asked
    assert patient_client.post(url_of(made), {"value": "1"}).status_code == (302 if is_asked else 409)
    assert len(hours()) == is_asked


@pytest.mark.parametrize(("minutes", "is_asked"), [(44.9, False), (45, True), (180, True), (180.1, False)])
def test_it_is_asked_from_45_minutes_to_3_hours(
    patient_client: Client, session, clock, minutes: float, *, is_asked: bool
):
    clock.move_to(later(session.ended_at, minutes=minutes), tick=False)

    assert bool(soup(patient_client.get("/")).select_one("#asking")) is is_asked
    assert patient_client.post(url_of(session), {"value": "1"}).status_code == (302 if is_asked else 409)
    assert len(hours()) == is_asked


@pytest.mark.parametrize(("data", "row"), [({"value": "0"}, ("answered", 0)), ({"skip": "1"}, ("skipped", None))])
def test_answer_belongs_to_the_session_and_is_asked_once(patient_client: Client, session, data, row):
    response = patient_client.post(url_of(session), data, headers=HTMX)

    assert (response.status_code, is_page(response)) == (200, False)
    assert text_at(response, "#asking") == "This morning Thank you, it is saved."
    assert hours() == [(session.pk, "right", *row)]
    assert PainRating.objects.get(moment="hour_later").local_date == session.local_date
    assert soup(patient_client.get("/")).select_one("#asking") is None


def test_each_knee_is_asked_for_by_its_own_numbers(patient_client: Client, patient, clock):
    make_prescription(patient=patient, now=NOW, side="both")
    made = make_finished_session(patient=patient, now=NOW, pain_worst=5)
    PainRating.objects.filter(exercise_session=made, side="left", moment="worst").update(value=2)
    clock.move_to(later(made.ended_at, hours=1), tick=False)

    assert soup(patient_client.get("/")).select_one("#asking form")["action"] == url_of(made)
    assert patient_client.post(url_of(made, "left"), {"value": "1"}).status_code == 409


def test_a_session_that_still_runs_asks_nothing(patient_client: Client, patient, prescription, clock):
    make_ready_session(patient=patient, now=NOW, pain_before=9)
    clock.move_to(later(NOW, hours=1), tick=False)

    assert soup(patient_client.get("/")).select_one("#asking") is None


def test_a_session_entered_later_asks_nothing(patient_client: Client, session):
    type(session).objects.filter(pk=session.pk).update(entry="later", entered_at=NOW)

    assert soup(patient_client.get("/")).select_one("#asking") is None
    assert patient_client.post(url_of(session), {"value": "1"}).status_code == 409


def test_answer_may_be_changed_while_it_is_asked(patient_client: Client, session, clock):
    patient_client.post(url_of(session), {"value": "4"})
    shown = patient_client.get(url_of(session))
    patient_client.post(url_of(session), {"value": "3"})
    before = all_rows()
    clock.move_to(later(session.ended_at, hours=2), tick=False)
    patient_client.post(url_of(session), {"value": "3"})

    assert (shown.status_code, faults(shown)) == (200, [])
    assert hours() == [(session.pk, "right", "answered", 3)]
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_no_number_asks_again(patient_client: Client, session, headers: dict[str, str]):
    before = all_rows()

    response = patient_client.post(url_of(session), {"value": "11"}, headers=headers)

    assert (response.status_code, form_errors(response)) == (422, ["Pain is a whole number from 0 to 10."])
    assert all_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_session_and_other_knee_are_not_found(patient_client: Client, session, other_session, method: str):
    before = all_rows()
    send = getattr(patient_client, method)

    answers = [
        send(url, {"value": "3"}).status_code
        for url in (url_of(other_session), f"/checks/hour-later/{uuid.uuid4()}/right/", url_of(session, "left"))
    ]

    assert answers == [404, 404, 404]
    assert all_rows() == before


def test_page_says_when_it_is_asked(patient_client: Client, session, clock):
    clock.move_to(later(session.ended_at, hours=4), tick=False)

    response = patient_client.get(url_of(session))

    assert (response.status_code, faults(response)) == (200, [])
    assert "from 45 minutes to three hours" in text_at(response, "#asking")


def test_rating_can_be_corrected_with_the_session(patient_client: Client, session):
    patient_client.post(url_of(session), {"value": "4"})

    response = patient_client.get(f"/sessions/{session.pk}/correct/")

    assert "Pain in your right knee about an hour later" in text_at(response, "form.form")

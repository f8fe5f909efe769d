"""What is on record of a session, and its corrections: the original stays, both are shown."""

import uuid

import pytest
from django.test import Client

from exercises.rules import SquatDepth
from kneecoach.accounts.models import Patient
from progress.models import Correction, ExerciseSession, PainRating
from tests.factories import a_moment, later, make_finished_session, make_prescription, sets_of
from tests.pages import faults, soup, step_of, text_at, texts_at
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(patient: Patient) -> ExerciseSession:
    """Return yesterday's session: ten squats one hand deep, pain 2 and 3, effort not answered."""
    make_prescription(patient=patient, stage_number=3, depth=SquatDepth(1, 5), now=YESTERDAY)
    return make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))


def values_of(client: Client, session: ExerciseSession) -> dict[str, str]:
    """Return the form as it comes: every value as it counts now."""
    form = soup(client.get(f"/sessions/{session.pk}/correct/")).select_one("form.card")
    values = {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input")}
    for select in form.select("select"):
        chosen = select.select_one("option[selected]")
        values[str(select["name"])] = str(chosen["value"]) if chosen else ""
    return values


def shown(response) -> dict[str, str]:
    """Return what the record says, by title."""
    titles, values = (texts_at(response, f".rows .row-{part}") for part in ("title", "value"))
    return dict(zip(titles, values, strict=True))


def key_of(values: dict[str, str], what: str) -> str:
    """Return the name of a field."""
    return next(name for name in values if name.startswith(what))


def change(client: Client, session: ExerciseSession, **changes: str):
    """Change values, named by what they are about, and save."""
    values = values_of(client, session)
    new = {key_of(values, what): value for what, value in changes.items()}
    return client.post(f"/sessions/{session.pk}/correct/", values | new, follow=True)


def test_record_shows_every_value(patient_client: Client, finished):
    response = patient_client.get(f"/sessions/{finished.pk}/record/")

    assert (response.status_code, faults(response)) == (200, [])
    assert shown(response) == {
        "Repetitions held": "10 of 10",
        "Felt the muscle": "yes",
        "Depth": "one hand’s width down the wall",
        "Pain, before, right": "2",
        "Pain, worst during, right": "3",
        "Effort": "not answered –",
    }


def test_saving_without_a_change_writes_nothing(patient_client: Client, finished):
    before = all_rows()

    response = change(patient_client, finished)

    assert "Nothing was changed." in text_at(response, "body")
    assert all_rows() == before


def test_correction_is_put_beside_the_original_and_both_are_shown(patient_client: Client, patient, finished):
    row, rating = sets_of(finished)[0], PainRating.objects.get(moment="worst")
    untouched = all_rows(without=(Correction,))

    response = change(patient_client, finished, reps="7", felt="no", effort="6", reason="Counted wrong")

    assert all_rows(without=(Correction,)) == untouched
    assert set(Correction.objects.values_list("what", "value", "felt", "reason", "corrected_by")) == {
        ("reps", 7, "", "Counted wrong", patient.user.pk),
        ("felt", None, "no", "Counted wrong", patient.user.pk),
        ("effort", 6, "", "Counted wrong", patient.user.pk),
    }
    record = shown(response)
    assert [record[what] for what in ("Repetitions held", "Felt the muscle", "Effort")] == ["7 of 10", "no", "6"]
    assert [text for text in texts_at(response, ".rows .row-note") if "first" in text] == [
        *("recorded first: 10", "recorded first: yes", "recorded first: not answered")
    ]
    assert "corrected to 7 on 25 November, 08:00 by Anna Knee: “Counted wrong”" in text_at(response, ".rows")
    assert (row.felt_muscle, rating.value) == ("yes", 3)


def test_newest_correction_counts_and_all_stay(patient_client: Client, finished, clock):
    change(patient_client, finished, reps="7")
    clock.move_to(later(NOW, minutes=5), tick=False)
    response = change(patient_client, finished, reps="9")

    assert list(Correction.objects.values_list("value", flat=True)) == [7, 9]
    assert shown(response)["Repetitions held"] == "9 of 10"
    assert [text.partition(" on ")[0] for text in texts_at(response, ".rows .row-note")][:4] == [
        *("Stage 3: Wall squat", "recorded first: 10", "corrected to 7", "corrected to 9")
    ]


def test_corrected_pain_is_what_progress_draws_and_tells(patient_client: Client, finished):
    key = f"pain-{PainRating.objects.get(moment='worst').pk}"
    values = values_of(patient_client, finished)

    patient_client.post(f"/sessions/{finished.pk}/correct/", values | {key: "8"})
    page = patient_client.get("/progress/")

    assert "8 (first: 3)" in texts_at(page, ".table td.num")
    assert soup(page).select_one("#pain path.c-worst")["d"].count("M") == 1


def test_pain_may_become_not_answered_and_zero_stays_zero(patient_client: Client, finished):
    values = values_of(patient_client, finished)
    before, worst = (f"pain-{PainRating.objects.get(moment=moment).pk}" for moment in ("before", "worst"))

    response = patient_client.post(
        f"/sessions/{finished.pk}/correct/", values | {before: "0", worst: "not_known"}, follow=True
    )

    assert shown(response)["Pain, before, right"] == "0"
    assert shown(response)["Pain, worst during, right"] == "not answered –"


@pytest.mark.parametrize(("reps", "state"), [("9", "Partly done at 18:00"), ("10", "Done at 18:00")])
def test_corrected_repetitions_decide_about_the_slot(patient_client: Client, finished, clock, reps: str, state: str):
    clock.move_to(a_moment("2026-11-24 20:00"), tick=False)

    change(patient_client, finished, reps=reps)

    assert texts_at(patient_client.get("/"), ".slot-state")[1] == state


@pytest.mark.parametrize("typed", ["", "61", "-1", "many"])
def test_what_cannot_be_is_refused_and_what_was_typed_stays(patient_client: Client, finished, typed: str):
    before = all_rows()

    response = change(patient_client, finished, reps=typed, reason="Because")

    assert (response.status_code, faults(response)) == (422, [])
    assert soup(response).select_one("[name=reason]")["value"] == "Because"
    assert all_rows() == before


def test_same_correction_twice_is_the_same_as_once(patient_client: Client, finished):
    values = values_of(patient_client, finished)
    values |= {key_of(values, "reps"): "7"}
    patient_client.post(f"/sessions/{finished.pk}/correct/", values)
    before = all_rows()

    patient_client.post(f"/sessions/{finished.pk}/correct/", values)

    assert all_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_session_that_still_runs_is_not_corrected_here(patient_client: Client, begun_set, method: str):
    before = all_rows()

    response = getattr(patient_client, method)(f"/sessions/{begun_set.exercise_session_id}/correct/", follow=True)

    assert (step_of(response), all_rows() == before) == ("reps", True)


def test_session_that_was_left_open_can_be_corrected(patient_client: Client, begun_set, clock):
    clock.move_to(later(NOW, days=2), tick=False)

    change(patient_client, begun_set.exercise_session, reps="10")

    assert Correction.objects.get().value == 10


@pytest.mark.parametrize("page", ["record", "correct"])
def test_record_of_somebody_elses_session_is_not_found(patient_client: Client, other_session, page: str):
    before = all_rows()

    for session_id in (other_session.pk, uuid.uuid4()):
        answers = [getattr(patient_client, method)(f"/sessions/{session_id}/{page}/") for method in ("get", "post")]
        assert [answer.status_code for answer in answers] == [404, 404 if page == "correct" else 405]

    assert all_rows() == before


def test_record_queries_do_not_grow_with_corrections(patient_client: Client, finished, django_assert_num_queries):
    for reps in ("1", "2", "3"):
        change(patient_client, finished, reps=reps)

    with django_assert_num_queries(7):
        patient_client.get(f"/sessions/{finished.pk}/record/")


def test_physiotherapist_sees_both(physio_client: Client, patient_client: Client, patient, finished):
    change(patient_client, finished, reps="7", reason="Counted wrong")

    session = physio_client.get(f"/admin/progress/exercisesession/{finished.pk}/change/")
    page = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    assert "10 7 Counted wrong Anna Knee, 25 Nov 2026, 08:00" in text_at(session, "section table tbody")
    assert "10 of 10 held" in text_at(session, "#set-1")
    assert "7 of 10 (corrected; recorded: 10)" in text_at(page, ".desk-story")

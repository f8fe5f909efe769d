"""A session that was done without the phone, entered within seven days."""

import uuid
from datetime import date

import pytest
from django.test import Client

from exercises.rules import SquatDepth
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import ExerciseSession, PainRating, Rep
from progress.rules.days import Slot
from progress.services import note_of
from tests.factories import a_moment, later, make_finished_session, make_prescription, sets_of
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
LAST_WEEK = a_moment("2026-11-10 07:00")
URL = "/sessions/later/2026-11-24/evening/"


@pytest.fixture
def prescription(patient: Patient):
    """Return stage 1, prescribed two weeks ago."""
    return make_prescription(patient=patient, now=LAST_WEEK)


def told(**changes: str) -> dict[str, str]:
    """Return what a patient fills in."""
    good = {
        "session_id": str(uuid.uuid4()),
        "origin": "memory",
        "reps_1": "8",
        "felt_1": "yes",
        "before_right": "0",
        "worst_right": "not_known",
        "effort": "",
        "note": "",
    }
    return good | changes


def errors_of(response) -> dict[str, list[str]]:
    """Return the errors of the form, by field."""
    return {name: list(map(str, errors)) for name, errors in response.context["form"].errors.items()}


def test_choice_shows_the_free_slots_of_seven_days_newest_first(patient_client: Client, patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))

    response = patient_client.get("/sessions/later/")

    links = [str(a["href"]) for a in soup(response).select(".rows a")]
    assert (response.status_code, faults(response)) == (200, [])
    assert links[:3] == [
        "/sessions/later/2026-11-25/morning/",
        "/sessions/later/2026-11-24/morning/",
        "/sessions/later/2026-11-23/evening/",
    ]
    assert (links[-1], len(links)) == ("/sessions/later/2026-11-18/morning/", 14)


def test_choice_with_nothing_prescribed_says_so(patient_client: Client):
    assert "Nothing is missing" in text_at(patient_client.get("/sessions/later/"), "main")


def test_form_asks_for_what_was_prescribed_and_fills_nothing_in(patient_client: Client, prescription):
    response = patient_client.get(URL)

    page = soup(response)
    assert (response.status_code, title_of(response), faults(response)) == (200, "Tuesday 24 November, evening", [])
    assert [str(tag["name"]) for tag in page.select("form.card [name]:not([type=hidden])")] == [
        *("origin", "origin", "reps_1", "felt_1", "before_right", "worst_right", "effort", "note")
    ]
    assert page.select("[checked], option[selected]:not([value=''])") == []
    assert not page.select_one("[name=reps_1]").get("value")


@pytest.mark.parametrize(("origin", "entry"), [("memory", "later"), ("paper", "paper")])
def test_entered_session_is_marked_and_counts_for_its_slot(patient_client: Client, prescription, origin, entry):
    response = patient_client.post(URL, told(origin=origin, reps_1="10", effort="3", note=" fine "), follow=True)

    session = ExerciseSession.objects.get()
    (row,) = sets_of(session)
    assert response.redirect_chain == [(f"/sessions/{session.pk}/record/", 302)]
    assert (session.entry, session.entered_at, session.local_date) == (entry, NOW, date(2026, 11, 24))
    assert (session.slot, session.is_safe, session.effort, note_of(session)) == ("evening", None, 3, "fine")
    assert (row.felt_muscle, Rep.objects.count()) == ("yes", 10)
    assert set(Rep.objects.values_list("method", "held_ms", "outcome", "received_at")) == {("manual", None, "ok", NOW)}
    ratings = PainRating.objects.values_list("moment", "status", "value").order_by("moment")
    assert list(ratings) == [("before", "answered", 0), ("worst", "skipped", None)]
    assert f"entered later{', from paper' * (entry == 'paper')}, 25 November" in text_at(response, ".tag")
    (mark,) = soup(patient_client.get("/progress/")).select(".cal [data-late]")
    assert mark["data-state"] == "done"


def test_entered_session_is_never_given_an_hour(patient_client: Client, prescription, clock):
    patient_client.post("/sessions/later/2026-11-25/morning/", told())

    today = patient_client.get("/")

    assert texts_at(today, ".slot-state")[0] == "Partly done, entered later"


def test_entered_session_is_over_and_cannot_be_resumed(patient_client: Client, prescription):
    patient_client.post("/sessions/later/2026-11-25/morning/", told(reps_1="3"))
    session = ExerciseSession.objects.get()

    page = patient_client.get(f"/sessions/{session.pk}/")
    before = all_rows()
    patient_client.post(f"/sessions/{session.pk}/resume/")

    assert "go on" not in text_at(page, "#step")
    assert all_rows() == before


def test_squat_is_asked_for_its_depth(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, stage_number=3, depth=SquatDepth(1, 5), now=LAST_WEEK)

    patient_client.post(URL, told(depth_1="0"))

    assert sets_of(ExerciseSession.objects.get())[0].depth == 0


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"origin": ""}, {"origin": ["Please choose one of the two."]}),
        ({"reps_1": ""}, {"reps_1": ["How many repetitions did you hold? 0 if none."]}),
        ({"reps_1": "21"}, {"reps_1": ["Repetitions held: a whole number from 0 to 20."]}),
        ({"reps_1": "-1"}, {"reps_1": ["Repetitions held: a whole number from 0 to 20."]}),
        (
            {"reps_1": "0"},
            {"__all__": ["Enter at least one repetition. A session without any does not have to be entered."]},
        ),
        (
            {"before_right": ""},
            {"before_right": ["Choose a number from 0 to 10, or say that you do not know it."]},
        ),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(patient_client: Client, prescription, changes, errors):
    before = all_rows()

    response = patient_client.post(URL, told(note="Keep this", **changes))

    assert (response.status_code, errors_of(response)) == (422, errors)
    assert (text_at(response, "textarea"), faults(response)) == ("Keep this", [])
    assert all_rows() == before


def test_sent_twice_is_the_same_as_once(patient_client: Client, prescription):
    data = told()
    patient_client.post(URL, data)
    before = all_rows()

    again = patient_client.post(URL, data, follow=True)

    assert again.redirect_chain == [(f"/sessions/{data['session_id']}/record/", 302)]
    assert all_rows() == before


def test_slot_with_a_session_leads_to_its_record(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    before = all_rows()

    response = patient_client.post(URL, told(), follow=True)

    assert response.redirect_chain == [(f"/sessions/{session.pk}/record/", 302)]
    assert "You can correct it here." in text_at(response, "body")
    assert all_rows() == before


@pytest.mark.parametrize(
    "path",
    [
        *("2026-11-25/evening", "2026-11-26/morning", "2026-11-17/evening", "2026-11-24/extra", "2026-11-24/noon"),
        *("yesterday/morning", "2026-13-40/morning"),
    ],
)
def test_slot_that_cannot_be_entered_is_not_found(patient_client: Client, prescription, path: str):
    before = all_rows()

    answers = [patient_client.get(f"/sessions/later/{path}/"), patient_client.post(f"/sessions/later/{path}/", told())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all_rows() == before


def test_slot_that_somebody_else_has_taken_is_not_found(patient_client: Client, prescription, other_patient):
    make_finished_session(patient=other_patient, now=a_moment("2026-11-17 18:00"))

    assert patient_client.get("/sessions/later/2026-11-17/evening/").status_code == 404


def test_seven_days_are_counted_by_the_patients_own_clock(patient_client: Client, prescription, clock):
    clock.move_to(later(a_moment("2026-11-26 03:59"), seconds=59), tick=False)
    assert patient_client.get("/sessions/later/2026-11-18/morning/").status_code == 200
    clock.move_to(a_moment("2026-11-26 04:00"), tick=False)
    assert patient_client.get("/sessions/later/2026-11-18/morning/").status_code == 404


def test_id_of_somebody_elses_session_is_not_found(patient_client: Client, prescription, other_session):
    before = all_rows()

    response = patient_client.post(URL, told(session_id=str(other_session.pk)))

    assert (response.status_code, all_rows() == before) == (404, True)


@pytest.mark.parametrize("path", ["/sessions/later/", URL])
def test_queries_do_not_grow_with_history(
    patient_client: Client, patient, prescription, path: str, django_assert_num_queries
):
    for day in range(11, 24):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{day} 07:00"))

    with django_assert_num_queries(6):
        patient_client.get(path)


# --- from a sheet of paper -----------------------------------------------------------------------------------------
def test_code_on_a_sheet_leads_its_patient_to_entering_it(patient_client: Client, patient: Patient, prescription):
    response = patient_client.get(f"/sheet/{patient.pk}/", follow=True)

    links = [str(a["href"]) for a in soup(response).select(".rows a")]
    assert response.redirect_chain == [("/sessions/later/?from=paper", 302)]
    assert (title_of(response), faults(response)) == ("Enter your sheet of paper", [])
    # Prescribed on 10 November: all of it is in reach, from memory only seven days are.
    assert links[0] == "/sessions/later/2026-11-25/morning/?from=paper"
    assert (links[-1], len(links)) == ("/sessions/later/2026-11-10/morning/?from=paper", 31)


@pytest.mark.parametrize("foreign", [True, False])
def test_code_of_somebody_else_leads_nowhere(patient_client: Client, other_patient: Patient, foreign):
    response = patient_client.get(f"/sheet/{other_patient.pk if foreign else uuid.uuid4()}/")

    assert response.status_code == 404


def test_code_leads_the_clinic_to_its_own_form(physio_client: Client, patient: Patient):
    response = physio_client.get(f"/sheet/{patient.pk}/")

    assert response["Location"] == f"/admin/accounts/patient/{patient.pk}/paper/type/"


def test_line_of_a_sheet_is_from_paper_without_a_question_and_goes_on_with_the_next(
    patient_client: Client, patient: Patient, prescription
):
    url = "/sessions/later/2026-11-12/evening/?from=paper"
    form = patient_client.get(url)

    sent = told()
    del sent["origin"]
    response = patient_client.post(url, sent)

    session = ExerciseSession.objects.get()
    assert soup(form).select("[name=origin]") == []
    assert (session.entry, session.entered_by, session.local_date) == ("paper", patient.user, date(2026, 11, 12))
    assert response["Location"] == "/sessions/later/?from=paper"
    assert (
        "/sessions/later/2026-11-12/evening/" not in patient_client.get("/sessions/later/?from=paper").content.decode()
    )


def test_line_that_is_recorded_is_shown_and_never_entered_twice(patient_client: Client, patient: Patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    before = all_rows()

    response = patient_client.post(f"{URL}?from=paper", told())

    assert response["Location"] == f"/sessions/{ExerciseSession.objects.get().pk}/record/"
    assert all_rows() == before


def test_from_memory_no_more_than_seven_days_are_in_reach(patient_client: Client, prescription):
    before = all_rows()

    response = patient_client.post("/sessions/later/2026-11-12/evening/", told(origin="paper"))

    assert response.status_code == 404
    assert all_rows() == before


def test_what_the_clinic_typed_names_who_did(patient_client: Client, patient: Patient, physiotherapist, prescription):
    (row,) = services.enter_sheet(
        patient=patient,
        entries=[
            services.LaterEntry(
                session_id=uuid.uuid4(),
                day=date(2026, 11, 24),
                slot=Slot.EVENING,
                is_from_paper=True,
                sets=(services.LaterSet(prescription.pk, "right", 8),),
                pain={},
            )
        ],
        mornings={},
        by=physiotherapist,
        now=NOW,
    ).sessions

    for page in (f"/sessions/{row.pk}/record/", "/progress/2026-11-24/"):
        assert "entered later, from paper, 25 November, 08:00, by Petra Physio" in texts_at(
            patient_client.get(page), ".tag"
        )

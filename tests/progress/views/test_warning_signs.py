"""The card of warning signs outside a session: read, report once a day, say which they were."""

import pytest
from django.test import Client

from kneecoach.accounts.models import ClinicSettings
from progress import services
from progress.models import RedFlagReport, RedFlagSign
from progress.rules.red_flags import CARD_VERSION, RedFlag
from tests.factories import a_moment, later, make_finished_session, make_prescription, make_session
from tests.pages import faults, form_errors, soup, step_of, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL, FLAG = "/warning-signs/", {"answer": "flag"}


@pytest.fixture(autouse=True)
def clinic() -> ClinicSettings:
    """Return the clinic with its numbers."""
    return ClinicSettings.objects.create(name="Knee House", phone="0123 456", emergency_number="112")


def calls(response) -> list[str]:
    """Return where the buttons to call lead."""
    return [str(link["href"]) for link in soup(response).select("main .calls a")]


def clear(by, note: str = "Looked at it: all well.") -> None:
    """Clear every report, as a physiotherapist does."""
    RedFlagReport.objects.filter(cleared_at=None).update(cleared_by=by, cleared_at=NOW, clear_note=note)


def test_card_can_always_be_read(patient_client: Client):
    before = all_rows()

    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Is any of this true today?", [])
    assert len(texts_at(response, ".redflag .signs li")) == 8
    assert calls(response) == ["tel:112", "tel:0123456"]
    assert all_rows() == before


def test_yes_is_reported_without_a_session(patient_client: Client, patient, prescription):
    response = patient_client.post(URL, FLAG, follow=True)

    report = RedFlagReport.objects.get()
    assert response.redirect_chain == [(URL, 302)]
    assert (title_of(response), faults(response)) == ("No exercises now", [])
    assert (report.patient, report.exercise_session, report.local_date) == (patient, None, NOW.date())
    assert (report.answered_at, report.card_version, report.cleared_at) == (NOW, CARD_VERSION, None)
    assert not RedFlagSign.objects.exists()


def test_twice_on_a_day_is_told_once(patient_client: Client, clock):
    patient_client.post(URL, FLAG)
    before = all_rows()
    clock.move_to(a_moment("2026-11-26 03:59"), tick=False)

    patient_client.post(URL, FLAG)
    same_day = all_rows()
    clock.move_to(a_moment("2026-11-26 04:00"), tick=False)
    patient_client.post(URL, FLAG)

    assert same_day == before
    assert RedFlagReport.objects.count() == 2


def test_told_again_after_it_was_cleared_is_told_anew(patient_client: Client, physiotherapist):
    patient_client.post(URL, FLAG)
    clear(physiotherapist)

    patient_client.post(URL, FLAG)

    assert RedFlagReport.objects.open().count() == 1
    assert RedFlagReport.objects.count() == 2


def test_yes_ends_a_session_that_runs(patient_client: Client, exercise_session):
    patient_client.post(URL, FLAG)

    exercise_session.refresh_from_db()
    assert (exercise_session.is_safe, exercise_session.stop_reason) == (False, "red_flag")
    assert (exercise_session.ended_at, RedFlagReport.objects.get().exercise_session) == (NOW, exercise_session)
    assert step_of(patient_client.get(f"/sessions/{exercise_session.pk}/")) == "red_flag"


@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "clear"}])
def test_without_a_yes_nothing_is_reported(patient_client: Client, data: dict[str, str]):
    before = all_rows()

    response = patient_client.post(URL, data)

    assert (response.status_code, form_errors(response)) == (422, ["That did not work. Please press the button again."])
    assert (faults(response), all_rows()) == ([], before)


# --- which sign it was ------------------------------------------------------------------------------------------------
def test_signs_may_be_named_in_the_words_of_the_card(patient_client: Client):
    shown = patient_client.post(URL, FLAG, follow=True)
    report = RedFlagReport.objects.get()

    for _time in range(2):
        answer = patient_client.post(f"{URL}{report.pk}/", {"signs": ["calf", "giving_way"]}, follow=True)

    assert texts_at(shown, ".checks li") == texts_at(shown, ".redflag .signs li")
    assert [str(box["value"]) for box in soup(shown).select("[name=signs]")] == [sign.value for sign in RedFlag]
    assert soup(shown).select("[checked]") == []
    assert set(report.signs.values_list("code", flat=True)) == {"calf", "giving_way"}
    assert texts_at(answer, ".card > .signs li") == [
        "The calf of one leg hurts, is swollen or warm, or has changed colour.",
        "The knee keeps giving way.",
    ]
    assert faults(answer) == []


def test_signs_of_a_session_are_named_on_its_last_screen(patient_client: Client, exercise_session):
    services.answer_safety(session=exercise_session, is_safe=False, now=NOW)

    response = patient_client.get(f"/sessions/{exercise_session.pk}/")

    action = soup(response).select_one("form:has([name=signs])")["action"]
    assert action == f"{URL}{RedFlagReport.objects.get().pk}/"
    assert faults(response) == []
    assert patient_client.post(str(action), {"signs": ["calf"]}).status_code == 302


@pytest.mark.parametrize(
    ("data", "error"),
    [({}, "Tick what is true, or leave it out."), ({"signs": ["nothing"]}, "Please choose from the list.")],
)
def test_signs_that_are_not_on_the_card_are_refused(patient_client: Client, data, error: str):
    patient_client.post(URL, FLAG)
    before = all_rows()

    response = patient_client.post(f"{URL}{RedFlagReport.objects.get().pk}/", data)

    assert (response.status_code, form_errors(response), faults(response)) == (422, [error], [])
    assert all_rows() == before


def test_signs_of_a_cleared_report_are_refused(patient_client: Client, physiotherapist):
    patient_client.post(URL, FLAG)
    clear(physiotherapist)
    before = all_rows()

    response = patient_client.post(f"{URL}{RedFlagReport.objects.get().pk}/", {"signs": ["calf"]})

    assert (response.status_code, faults(response)) == (409, [])
    assert all_rows() == before


def test_report_of_somebody_else_is_not_found(patient_client: Client, other_patient):
    theirs = services.report_warning_sign(patient=other_patient, now=NOW)
    before = all_rows()

    foreign = patient_client.post(f"{URL}{theirs.pk}/", {"signs": ["calf"]})
    missing = patient_client.post(f"{URL}{theirs.pk + 1}/", {"signs": ["calf"]})

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert title_of(patient_client.get(URL)) == "Is any of this true today?"
    assert all_rows() == before


# --- on Today, and beside every question about pain ----------------------------------------------------------------------
def test_today_shows_it_until_it_is_cleared_and_then_what_was_found(
    patient_client: Client, prescription, physiotherapist, clock
):
    patient_client.post(URL, FLAG)
    clock.move_to(later(NOW, days=9), tick=False)
    waiting = patient_client.get("/")
    RedFlagReport.objects.update(
        cleared_by=physiotherapist, cleared_at=later(NOW, days=9), clear_note="A bruise. Go on <slowly>."
    )
    cleared = patient_client.get("/")
    clock.move_to(later(NOW, days=16), tick=False)
    after = patient_client.get("/")

    assert text_at(waiting, ".flag h2") == "You told us about a warning sign"
    assert "On Wednesday 25 November you said" in text_at(waiting, ".flag")
    assert calls(waiting) == ["tel:112", "tel:0123456"]
    assert "btn-primary" not in soup(waiting).select_one("form#start button")["class"]
    assert text_at(cleared, "blockquote") == "A bruise. Go on <slowly>."
    assert "Petra Physio looked at it on Friday 4 December and writes:" in text_at(cleared, "main")
    assert (faults(waiting), faults(cleared)) == ([], [])
    assert "warning sign" not in text_at(after, "main")


def test_today_shows_nothing_of_somebody_else(patient_client: Client, prescription, other_patient):
    services.report_warning_sign(patient=other_patient, now=NOW)

    assert soup(patient_client.get("/")).select(".flag") == []


def test_card_is_beside_every_question_about_pain(patient_client: Client, patient, prescription, clock):
    make_finished_session(patient=patient, now=YESTERDAY)
    make_prescription(patient=patient, now=a_moment("2026-11-18 10:00"), stage_number=2)
    earlier = make_finished_session(patient=patient, now=a_moment("2026-11-25 06:00"), pain_worst=6)
    running = make_session(patient=patient, now=NOW)
    services.answer_safety(session=running, is_safe=True, now=NOW)

    for path, action in (
        ("/checks/morning/", URL),
        (f"/checks/hour-later/{earlier.pk}/right/", URL),
        ("/checks/weekly/", URL),
        (f"/sessions/{running.pk}/", f"/sessions/{running.pk}/safety/"),
        (f"/sessions/{running.pk}/pain/worst/right/", f"/sessions/{running.pk}/safety/"),
    ):
        response = patient_client.get(path)
        form = soup(response).select_one(".get-help form")
        assert form is not None, path
        assert (str(form["action"]), calls(response)) == (action, ["tel:112", "tel:0123456"]), path
        assert faults(response) == [], path


def test_yes_at_a_question_about_pain_ends_the_session(patient_client: Client, ready_session):
    response = patient_client.post(f"/sessions/{ready_session.pk}/safety/", FLAG, follow=True)

    ready_session.refresh_from_db()
    assert (step_of(response), ready_session.stop_reason) == ("red_flag", "red_flag")


def test_warning_signs_lead_anonymous_to_log_in(client: Client):
    assert client.post(URL, FLAG)["Location"] == f"/account/login/?next={URL}"
    assert not RedFlagReport.objects.exists()

"""The way to the next stage: the checklist, asking, taking back, putting an answer away."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import ClinicSettings, Patient, User
from progress import services
from progress.models import RuleSet, StageRequest
from progress.rules.limits import PRESETS, Preset
from tests.factories import a_moment, later, make_prescription, make_request
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows, make_history, make_mornings

pytestmark = pytest.mark.django_db

URL, ASK = "/progress/readiness/", "/progress/readiness/ask/"


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    """Count readiness and give advice, whatever the run is about."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True


def wish(**changes: str) -> dict[str, str]:
    """Return what the page sends."""
    return {"request_id": str(uuid4()), "stage_key": "vmo-2", "message": "It feels easy"} | changes


def url_of(row: StageRequest, what: str) -> str:
    """Return where a request is taken back, or its answer put away."""
    return f"/progress/requests/{row.pk}/{what}/"


# --- the checklist -------------------------------------------------------------------------------------------------
def test_readiness_shows_every_criterion_with_its_number_and_who_set_it(
    patient_client: Client, patient: Patient, physiotherapist: User
):
    prescription = make_prescription(patient=patient, now=a_moment("2026-11-01 08:00"))
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=28, pain=2)
    make_mornings(patient=patient, until=NOW, days=14)

    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "The next stage", [])
    assert text_at(response, "#readiness-title") == "On the way to Stage 2: Lying lift"
    assert text_at(response, ".lead") == "8 of 8 criteria your clinic works with"
    assert [str(row["data-state"]) for row in soup(response).select(".criteria li")] == ["met"] * 8
    assert text_at(response, ".tag-good") == "all criteria met"
    assert "The highest was 2" in texts_at(response, ".criteria .row-note")
    assert "your clinic’s standard" in text_at(response, "main")
    assert "your physiotherapist decides with you" in text_at(response, "main")


def test_readiness_names_who_set_the_limits(patient_client: Client, patient: Patient, prescription, physiotherapist):
    values = PRESETS[Preset.STRICT]
    RuleSet.objects.create(
        patient=patient, version=1, preset="strict", made_by=physiotherapist, made_at=a_moment("2026-11-03 10:00"),
        **vars(values.limits), **vars(values.criteria),
    )  # fmt: skip

    response = patient_client.get(URL)

    assert "set by Petra Physio on 3 November." in text_at(response, "main")
    assert "of 8 criteria your physio set" in text_at(response, ".lead")
    assert "No pain in any session that counts" in text_at(response, ".criteria")


def test_readiness_says_what_is_not_known(patient_client: Client, prescription):
    response = patient_client.get(URL)

    states = [str(row["data-state"]) for row in soup(response).select(".criteria li")]
    assert states.count("unknown") >= 3
    assert "(not known yet)" in text_at(response, ".criteria")
    assert text_at(response, ".lead").startswith("1 of 8")


def test_readiness_rests_while_the_pain_comes_first(patient_client: Client, patient: Patient):
    prescription = make_prescription(patient=patient, now=a_moment("2026-11-01 08:00"))
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=28, pain=8)

    response = patient_client.get(URL)

    assert "Your pain comes first just now" in text_at(response, ".message-warning")
    assert soup(response).select(".lead, .tag-good") == []
    assert soup(response).select_one("form[action$='/ask/']") is not None


def test_progress_shows_the_checklist_and_leads_to_asking(patient_client: Client, prescription, settings: Any):
    counted = patient_client.get("/progress/")
    settings.READINESS = False
    switched_off = patient_client.get("/progress/")

    for page in (counted, switched_off):
        assert (page.status_code, faults(page)) == (200, [])
        assert soup(page).select_one(f"#readiness a[href='{URL}']") is not None
        assert text_at(page, ".jumps a[href='#readiness']") == "Next stage"
    assert len(soup(counted).select("#readiness .criteria li")) == 8
    assert soup(switched_off).select(".criteria") == []


def test_readiness_switched_off_leaves_only_the_asking(patient_client: Client, prescription, settings: Any):
    settings.READINESS = False

    response = patient_client.get(URL)
    asked = patient_client.post(ASK, wish())

    assert (soup(response).select(".criteria, .lead"), faults(response)) == ([], [])
    assert "criteria" not in text_at(response, "main")
    assert (asked.status_code, StageRequest.objects.get().evaluation) == (302, None)


@pytest.mark.parametrize(("number", "said"), [(None, "No exercises yet"), (3, "There is no stage above")])
def test_readiness_without_a_next_stage(patient_client: Client, patient: Patient, number: int | None, said: str):
    if number:
        make_prescription(patient=patient, stage_number=number, now=NOW)

    response = patient_client.get(URL)

    assert (response.status_code, faults(response)) == (200, [])
    assert said in text_at(response, "main")
    assert soup(response).select("form[action$='/ask/']") == []


@pytest.mark.parametrize("history", [1, 50])
def test_readiness_queries(patient_client: Client, patient, prescription, history: int, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    # session, user with patient; prescriptions, pauses, stages; limits; five of the criteria; closed alerts; request,
    # answer; clinic
    with django_assert_num_queries(15):
        patient_client.get(URL)


def test_readiness_writes_nothing_and_shows_nothing_of_others(
    patient_client: Client, prescription, other_patient: Patient, physiotherapist: User
):
    foreign = make_request(patient=other_patient, now=NOW, message="Otto only")
    services.answer_request(request=foreign, status="declined", note="Otto note", by=physiotherapist, now=NOW)
    before = all_rows()

    response = patient_client.get(URL)

    assert b"Otto" not in response.content
    assert all_rows() == before


# --- asking --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_ask_and_the_page_says_so(patient_client: Client, patient: Patient, prescription, headers: dict[str, str]):
    ClinicSettings.objects.create(phone="020 7946 0000")
    page = patient_client.get(URL)
    sent = {str(tag["name"]): str(tag.get("value", "")) for tag in soup(page).select("form[action$='/ask/'] [name]")}
    assert "Nobody watches this live" in text_at(page, "form[action$='/ask/']")
    assert "020 7946 0000" in text_at(page, "form[action$='/ask/']")

    response = patient_client.post(ASK, {**sent, "message": "It feels easy"}, headers=headers, follow=True)

    row = StageRequest.objects.get()
    assert (row.patient, str(row.pk), row.message, row.stage.number) == (
        patient,
        sent["request_id"],
        "It feels easy",
        2,
    )
    assert text_at(response, "#request-title") == "Stage 2: Lying lift"
    assert soup(response).select("form[action$='/ask/']") == []


def test_ask_twice_is_once(patient_client: Client, prescription):
    sent = wish()
    patient_client.post(ASK, sent)
    before = all_rows()

    again = patient_client.post(ASK, sent)

    assert (again.status_code, again["Location"]) == (302, URL)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"stage_key": "vmo-3"}, "Your stages have changed meanwhile."),
        ({"stage_key": ""}, "This field is required."),
        ({"request_id": "x"}, "Enter a valid UUID."),
        ({"message": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_ask_what_cannot_be_keeps_the_words(patient_client: Client, prescription, changes: dict[str, str], error: str):
    before = all_rows()

    response = patient_client.post(ASK, wish(**changes))

    form = soup(response).select_one("form[action$='/ask/']")
    assert (response.status_code, faults(response)) == (422, [])
    assert error in str(response.context["form"].errors)
    assert form is not None
    assert form.textarea is not None
    assert form.textarea.text.strip() == (changes.get("message") or "It feels easy")
    # The next try is one that can be.
    assert form.select_one("[name=stage_key]")["value"] == "vmo-2"
    assert all_rows() == before


def test_ask_a_second_time_while_one_is_open_is_refused(patient_client: Client, patient: Patient, prescription):
    make_request(patient=patient, now=NOW)
    before = all_rows()

    response = patient_client.post(ASK, wish())

    assert (response.status_code, faults(response)) == (422, [])
    assert text_at(response, ".form-errors") == "You have asked already. Your physiotherapist will answer."
    assert all_rows() == before


def test_ask_with_the_id_of_somebody_else_is_not_found(patient_client: Client, prescription, other_patient: Patient):
    foreign = make_request(patient=other_patient, now=NOW)
    before = all_rows()

    assert patient_client.post(ASK, wish(request_id=str(foreign.pk))).status_code == 404
    assert all_rows() == before


# --- taking back and putting away ----------------------------------------------------------------------------------
def test_withdraw_leads_back_to_the_page(patient_client: Client, patient: Patient, prescription):
    row = make_request(patient=patient, now=NOW)

    for _time in (1, 2):
        response = patient_client.post(url_of(row, "withdraw"), follow=True)

    row.refresh_from_db()
    assert (row.status, row.decided_at) == ("withdrawn", timezone.now())
    assert soup(response).select_one("form[action$='/ask/']") is not None


def test_withdraw_after_the_answer_says_so(patient_client: Client, patient: Patient, prescription, physiotherapist):
    row = make_request(patient=patient, now=NOW)
    services.answer_request(request=row, status="approved", note="", by=physiotherapist, now=NOW)

    response = patient_client.post(url_of(row, "withdraw"), follow=True)

    row.refresh_from_db()
    assert row.status == "approved"
    assert "answered already" in text_at(response, ".messages")


@pytest.mark.parametrize(
    ("status", "title", "next_step"),
    [
        ("approved", "Yes to Stage 2: Lying lift", "It starts when it stands"),
        ("declined", "Not yet: Stage 2: Lying lift", "You can ask again"),
    ],
)
def test_answer_is_read_on_today_and_put_away_once(
    patient_client: Client, patient: Patient, prescription, physiotherapist: User, clock, status: str, title: str,
    next_step: str,
):  # fmt: skip
    row = make_request(patient=patient, now=NOW)
    services.answer_request(request=row, status=status, note="Two more weeks", by=physiotherapist, now=NOW)

    shown = [patient_client.get(address) for address in ("/", URL, "/progress/")]
    for _time in (1, 2):
        response = patient_client.post(url_of(row, "put-away"), follow=True)
        clock.move_to(later(NOW, minutes=5), tick=False)

    for page in shown:
        assert (text_at(page, "#answer-title"), faults(page)) == (title, [])
        assert "Petra Physio answered on 25 November" in text_at(page, "main")
        assert "“Two more weeks”" in text_at(page, "main")
        assert next_step in text_at(page, "main")
    assert soup(response).select("#answer-title") + soup(patient_client.get("/")).select("#answer-title") == []
    assert StageRequest.objects.get().dismissed_at == NOW


@pytest.mark.parametrize("what", ["withdraw", "put-away"])
def test_request_of_somebody_else_is_not_found(patient_client: Client, other_patient: Patient, what: str):
    foreign = make_request(patient=other_patient, now=NOW)
    before = all_rows()

    statuses = [
        patient_client.post(url_of(foreign, what)).status_code,
        patient_client.post(f"/progress/requests/{uuid4()}/{what}/").status_code,
        patient_client.get(url_of(foreign, what)).status_code,
    ]

    assert statuses == [404, 404, 405]
    assert all_rows() == before


def test_readiness_leads_anonymous_to_log_in(client: Client):
    assert client.get(URL)["Location"] == "/account/login/?next=/progress/readiness/"

"""The tick sheet, and typing it in when it comes back."""

import io
from uuid import uuid4

import pypdf
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from exercises.models import Depth
from exercises.rules import SquatDepth
from kneecoach.accounts.models import AccessLog, Patient, User
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from tests.factories import a_moment, make_finished_session, make_patient, make_prescription
from tests.fixtures import client_of
from tests.pages import faults, soup, text_at, texts_at, words
from tests.pdfs import needs_pango, structure
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(patient: Patient, page: str = "paper/type/") -> str:
    """Return a page about a patient."""
    return f"/admin/accounts/patient/{patient.pk}/{page}"


@pytest.fixture
def without_device(physiotherapist: User) -> Patient:
    """Return a patient without a log-in, with stage 1 for two weeks."""
    patient = make_patient(name="Walter Paper", has_account=False, lead_physiotherapist=physiotherapist)
    make_prescription(patient=patient, now=a_moment("2026-11-10 07:00"), by=physiotherapist)
    return patient


@pytest.fixture
def squatting(physiotherapist: User) -> Patient:
    """Return a patient without a log-in, with the squat for two weeks, one hand deep."""
    patient = make_patient(name="Walter Paper", has_account=False, lead_physiotherapist=physiotherapist)
    began = a_moment("2026-11-10 07:00")
    make_prescription(patient=patient, stage_number=3, now=began, by=physiotherapist, depth=SquatDepth(Depth.HAND, 5))
    return patient


def typed(**lines: str) -> dict[str, str]:
    """Return what is sent; `d24_evening_reps=8` is a field of the evening of 24 November, of its first set."""
    fields = {"sheet_id": str(uuid4())}
    for name, value in lines.items():
        day, slot, what = name.split("_", 2)
        part = {"reps": "reps-1", "felt": "felt-1", "depth": "depth-1"}.get(what, what.replace("_", "-"))
        fields[f"2026-11-{day[1:]}-{slot}-{part}"] = value
    return fields


# --- the sheet -----------------------------------------------------------------------------------------------------
def test_sheet_holds_two_weeks_with_the_dose_and_a_way_back(physio_client: Client, without_device: Patient):
    response = physio_client.get(url_of(without_device, "paper/"), {"first": "2026-11-26"})

    page = soup(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert texts_at(response, ".sheet-ticks tbody th")[::13] == ["Thu 26 Nov", "Wed 9 Dec"]
    assert "10 repetitions, each held 3 seconds, morning and evening" in text_at(response, ".sheet-who li")
    address = f"{settings.SITE_URL}/sheet/{without_device.pk}/"
    assert page.select_one(".desk-qr")["aria-label"] == f"QR code of {address}"
    assert page.select(".sheet-ticks input") == []


def test_two_exercises_and_two_knees_have_boxes_of_their_own(physio_client: Client, physiotherapist: User):
    patient = make_patient(name="Both", side="both", has_account=False)
    make_prescription(patient=patient, stage_number=2, now=a_moment("2026-11-20 07:00"), by=physiotherapist)

    response = physio_client.get(url_of(patient, "paper/"))

    heads = texts_at(response, ".sheet-ticks thead th")
    assert [head for head in heads if "leg" in head] == [
        "Stage 2, Lying lift · left leg",
        "Stage 2, Lying lift · right leg",
    ]
    assert heads[-6:] == ["left", "right"] * 3


def test_squat_is_asked_for_its_depth_by_letter(physio_client: Client, squatting: Patient):
    response = physio_client.get(url_of(squatting, "paper/"))

    first = soup(response).select(".sheet-ticks tbody tr")[0]
    heads = texts_at(response, ".sheet-ticks thead tr:nth-child(2) th")
    assert heads[:3] == ["Reps held, of 10", "Felt the muscle", "How deep, a–e"]
    assert len(first.select("td")) == 1 + len(heads)
    assert (
        "Write the letter of how deep you squatted: a knees just bent, b one hand’s width down the wall, "
        "c two hands’ width down the wall, d halfway to a chair, e as low as a chair. If the knee"
    ) in text_at(response, ".sheet > .sheet-note")


def test_no_depth_is_asked_where_nothing_is_a_squat(physio_client: Client, without_device: Patient):
    response = physio_client.get(url_of(without_device, "paper/"))

    assert "deep" not in text_at(response, ".sheet")
    assert not soup(physio_client.get(url_of(without_device))).select("[name*=depth]")


def test_nothing_prescribed_says_so(physio_client: Client, patient: Patient):
    response = physio_client.get(url_of(patient, "paper/"))

    assert "Nothing is prescribed" in text_at(response, ".sheet")
    assert soup(response).select(".sheet-ticks") == []


@needs_pango
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_sheet_is_one_tagged_page(physio_client: Client, without_device: Patient, paper: str):
    response = physio_client.get(url_of(without_device, "paper.pdf"), {"paper": paper})

    reader = pypdf.PdfReader(io.BytesIO(response.content))
    (alt,) = [alt for name, alt in structure(reader) if name == "/Figure"]
    assert len(reader.pages) == 1
    assert alt
    assert alt.endswith(f"/sheet/{without_device.pk}/")
    assert list(AccessLog.objects.values_list("view", flat=True)) == ["tick sheet, pdf"]


@needs_pango
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_widest_sheet_is_one_page_too(physio_client: Client, physiotherapist: User, paper: str):
    """Two exercises, one for each leg and one with a depth, and pain in both knees."""
    patient = make_patient(name="Both", side="both", has_account=False)
    make_prescription(patient=patient, stage_number=3, now=a_moment("2026-11-20 07:00"), by=physiotherapist)
    make_prescription(patient=patient, stage_number=2, now=a_moment("2026-11-21 07:00"), by=physiotherapist)

    response = physio_client.get(url_of(patient, "paper.pdf"), {"paper": paper})

    assert len(pypdf.PdfReader(io.BytesIO(response.content)).pages) == 1


# --- typing it in --------------------------------------------------------------------------------------------------
def test_form_fills_nothing_in(physio_client: Client, without_device: Patient):
    response = physio_client.get(url_of(without_device))

    page = soup(response)
    fields = page.select(".desk-paper :is(input, select)")
    assert (response.status_code, faults(response)) == (200, [])
    # Fourteen days without this evening: reps, felt, before, worst; and a number for every morning.
    assert len(fields) == 27 * 4 + 14
    assert [tag for tag in fields if tag.get("value") or tag.select("option[selected]:not([value=''])")] == []
    assert all(tag.get("aria-label") for tag in fields)


def test_sheet_is_recorded_as_from_paper_by_whoever_types(
    physio_client: Client, without_device: Patient, physiotherapist: User
):
    sent = typed(
        d24_evening_reps="8",
        d24_evening_felt="no",
        d24_evening_worst_right="0",
        d23_morning_reps="10",
        d24_waking_right="2",
    )

    response = physio_client.post(url_of(without_device), sent, follow=True)

    rows = ExerciseSession.objects.order_by("local_date").values_list("local_date__day", "slot", "entry", "entered_by")
    assert list(rows) == [(23, "morning", "paper", physiotherapist.pk), (24, "evening", "paper", physiotherapist.pk)]
    assert Rep.objects.count() == 18
    ratings = PainRating.objects.order_by("local_date", "moment").values_list("local_date__day", "moment", "value")
    assert list(ratings) == [
        *((23, "before", None), (23, "worst", None)),
        *((24, "before", None), (24, "morning", 2), (24, "worst", 0)),
    ]
    assert "2 sessions are recorded from paper." in text_at(response, ".messagelist")
    assert "entered later, from paper" in text_at(response, "[aria-labelledby=sessions-title]")
    assert "Petra Physio" in text_at(response, "[aria-labelledby=sessions-title]")


def test_depth_is_recorded_as_it_was_written_down_and_never_guessed(physio_client: Client, squatting: Patient):
    sent = typed(
        d24_evening_reps="8", d24_evening_depth=str(Depth.UNLOCKED), d23_evening_reps="8", d22_evening_depth="1"
    )

    refused = physio_client.post(url_of(squatting), sent)
    taken = physio_client.post(url_of(squatting), sent | typed(d22_evening_reps="4"))

    assert "22 Nov, evening, how many repetitions were held?" in text_at(refused, ".errornote")
    assert taken.status_code == 302
    rows = ExerciseSet.objects.order_by("exercise_session__local_date").values_list("depth_target", "depth")
    assert list(rows) == [(1, 1), (1, None), (1, 0)]


def test_depth_stands_under_its_column(physio_client: Client, squatting: Patient):
    page = soup(physio_client.get(url_of(squatting)))

    heads = [words(tag) for tag in page.select(".desk-paper thead tr:nth-child(2) th")]
    (row,) = [tag for tag in page.select(".desk-paper tbody tr") if words(tag.th) == "Tue 24 Nov, evening"]
    fields = [str(cell.select_one("input, select")["aria-label"]) for cell in row.select("td")]
    assert heads[:3] == ["Reps", "Felt the muscle", "How deep"]
    assert fields[:3] == [
        "24 Nov, evening, Stage 3: Wall squat: repetitions",
        "24 Nov, evening, Stage 3: Wall squat: felt the muscle",
        "24 Nov, evening, Stage 3: Wall squat: how deep",
    ]
    options = [words(tag) for tag in row.select("[name$=depth-1] option")]
    assert options[:2] == ["–", "a – knees just bent"]
    assert len(options) == 6


def test_twice_is_once(physio_client: Client, without_device: Patient):
    sent = typed(d24_evening_reps="8", d24_waking_right="2")
    physio_client.post(url_of(without_device), sent)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(url_of(without_device), sent)

    assert response.status_code == 302
    assert all_rows(without=(AccessLog,)) == before


def test_slot_with_a_session_is_shown_as_such_and_never_overwritten(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-10 07:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    before = all_rows(without=(AccessLog,))

    page = physio_client.get(url_of(patient))
    physio_client.post(url_of(patient), typed(d24_evening_reps="3", d24_evening_worst_right="9"))

    (row,) = [tag for tag in soup(page).select(".desk-paper tbody tr") if words(tag.th) == "Tue 24 Nov, evening"]
    assert "recorded already" in words(row)
    assert row.select("input") == []
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ({"d24_evening_reps": "21"}, "A whole number from 0 to"),
        ({"d24_evening_reps": "x"}, "A whole number from 0 to"),
        ({"d24_evening_reps": "5", "d24_evening_worst_right": "11"}, "A whole number from 0 to 10, or nothing."),
        ({"d24_evening_worst_right": "3"}, "24 Nov, evening, how many repetitions were held?"),
        (
            {"d24_evening_reps": "0", "d24_evening_before_right": "3"},
            "24 Nov, evening, how many repetitions were held?",
        ),
        ({"d24_waking_right": "-1"}, "A whole number from 0 to 10, or nothing."),
    ],
)
def test_what_cannot_be_comes_back_whole_and_nothing_is_written(
    physio_client: Client, without_device: Patient, lines: dict[str, str], error: str
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(url_of(without_device), typed(d23_morning_reps="7", **lines))

    assert (response.status_code, faults(response)) == (422, [])
    assert error in text_at(response, ".errornote")
    assert soup(response).select_one("[name='2026-11-23-morning-reps-1']")["value"] == "7"
    assert all_rows(without=(AccessLog,)) == before


def test_two_weeks_before_can_be_typed_in_too(physio_client: Client, without_device: Patient):
    response = physio_client.get(url_of(without_device), {"first": "2026-10-28"})

    heads = texts_at(response, ".desk-paper tbody th")
    assert (heads[0], heads[-1]) == ("Wed 28 Oct, morning", "Tue 10 Nov, evening")
    assert "nothing due" in text_at(response, ".desk-paper tbody tr")


@pytest.mark.parametrize("first", ["x", "2026-10-27", "2026-11-26", ""])
def test_days_out_of_reach_are_the_last_two_weeks(physio_client: Client, without_device: Patient, first: str):
    heads = texts_at(physio_client.get(url_of(without_device), {"first": first}), ".desk-paper tbody th")

    assert heads[0] == "Thu 12 Nov, morning"


def test_who_may_read_but_not_type_is_refused(without_device: Patient, physiotherapist: User):
    physiotherapist.groups.clear()
    physiotherapist.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = client_of(physiotherapist)

    answers = [client.get(url_of(without_device)), client.post(url_of(without_device), typed(d24_evening_reps="8"))]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert client.get(url_of(without_device, "paper/")).status_code == 200
    assert "paper/type/" not in client.get(url_of(without_device, "paper/")).content.decode()
    assert ExerciseSession.objects.count() == 0


def test_each_look_is_logged(physio_client: Client, without_device: Patient):
    physio_client.get(url_of(without_device, "paper/"))
    physio_client.get(url_of(without_device))

    assert list(AccessLog.objects.order_by("pk").values_list("patient_id", "view")) == [
        (without_device.pk, "tick sheet"),
        (without_device.pk, "tick sheet, typing"),
    ]

"""Programme versions at the desk: what is published is locked, a draft is edited, looked at, published, moved to."""

import pytest
from django.test import Client

from exercises import editing
from exercises.models import Prescription, ProgrammeVersion, Stage
from kneecoach.accounts.models import AccessLog, Patient, User
from tests.factories import make_prescription, make_user, stage
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

OFFERED = "select[name=stage] option[data-reps-target]"


def url(version: ProgrammeVersion, page: str = "change") -> str:
    return f"/admin/exercises/programmeversion/{version.pk}/{page}/"


def stage_url(row: Stage) -> str:
    return f"/admin/exercises/stage/{row.pk}/change/"


@pytest.fixture
def published() -> ProgrammeVersion:
    return stage(1).version


@pytest.fixture
def draft(published: ProgrammeVersion) -> ProgrammeVersion:
    return editing.new_version(programme=published.programme)


def typed(row: Stage, **changes: object) -> dict[str, str]:
    """Return what the page of a stage sends back, tips and parts included."""
    names = ("number", "key", "title", "purpose", "equipment", "drawing", "position", "action", "progression")
    dose = ("reps_min", "reps_max", "reps_target", "hold_min_seconds", "hold_max_seconds", "hold_target_seconds")
    values: dict[str, object] = {name: getattr(row, name) for name in (*names, *dose, "sessions_per_day")}
    for prefix, rows, columns in (
        ("tips", row.tips.all(), ("order", "kind", "text")),
        ("phases", row.phases.all(), ("order", "kind", "seconds", "cue")),
    ):
        values |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
        for place, one in enumerate(rows):
            values |= {f"{prefix}-{place}-id": one.pk, f"{prefix}-{place}-stage": row.pk}
            values |= {f"{prefix}-{place}-{column}": getattr(one, column) for column in columns}
            if getattr(one, "counts_as_hold", False):
                values[f"{prefix}-{place}-counts_as_hold"] = "on"
    if row.is_one_legged:
        values["is_one_legged"] = "on"
    return {name: str(value) for name, value in (values | changes).items()}


# --- what is published ---------------------------------------------------------------------------------------------
def test_published_version_is_locked(physio_client: Client, published: ProgrammeVersion):
    before = all_rows()

    version, first = physio_client.get(url(published)), physio_client.get(stage_url(stage(1)))
    refused = [physio_client.post(address, {"title": "x"}) for address in (url(published), stage_url(stage(1)))]

    assert [(row.status_code, faults(row)) for row in (version, first)] == [(200, [])] * 2
    assert not soup(version).select("textarea, input[type=text]")
    assert not soup(first).select("textarea, input[type=text]")
    assert [row.status_code for row in refused] == [403, 403]
    assert all_rows() == before


def test_new_version_is_a_draft_once(physio_client: Client, published: ProgrammeVersion):
    answers = [physio_client.post(url(published, "new")) for _time in range(2)]

    draft = ProgrammeVersion.objects.get(status="draft")
    assert [(row.status_code, row["Location"]) for row in answers] == [(302, url(draft))] * 2
    page = physio_client.get(url(draft))
    assert (page.status_code, faults(page)) == (200, [])
    assert soup(page).select("textarea[name=texts-0-body]")


# --- drafts --------------------------------------------------------------------------------------------------------
def test_stage_of_a_draft_is_edited(physio_client: Client, draft: ProgrammeVersion):
    row = draft.stages.get(number=1)

    response = physio_client.post(
        stage_url(row),
        typed(row, title="Squeeze in a chair", reps_max=15, **{"tips-0-text": "Breathe.", "phases-1-seconds": "4.0"}),
    )

    row.refresh_from_db()
    assert response.status_code == 302, texts_at(response, ".errorlist li")
    assert (row.title, row.reps_max, row.tips.get(order=1).text) == ("Squeeze in a chair", 15, "Breathe.")
    assert row.phases.get(order=2).seconds == 4
    assert stage(1).title == "Seated squeeze"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reps_max": "31"}, "Between 10 and 30."),
        ({"reps_target": "9"}, "Between 10 and 20."),
        ({"hold_min_seconds": "0"}, "Between 1 and 30."),
        ({"sessions_per_day": "3"}, "Between 1 and 2."),
        ({"phases-0-kind": "lift"}, "Only a squeeze or a hold can count as the hold."),
        ({"phases-0-counts_as_hold": ""}, "One part has to count as the hold: that is what the prescription times."),
        ({"phases-0-seconds": "0.1"}, "Ensure this value is greater than or equal to 0.5."),
    ],
)
def test_what_is_refused_is_told_and_the_form_kept(
    physio_client: Client, draft: ProgrammeVersion, changes: dict[str, str], words: str
):
    row = draft.stages.get(number=1)
    before = all_rows()

    response = physio_client.post(stage_url(row), typed(row, title="Kept", **changes))

    assert (response.status_code, faults(response)) == (200, [])
    assert words in texts_at(response, ".errorlist li")
    assert soup(response).select_one("#id_title")["value"] == "Kept"
    assert all_rows() == before


def test_stages_that_would_require_each_other_are_refused(physio_client: Client, draft: ProgrammeVersion):
    first, third = draft.stages.get(number=1), draft.stages.get(number=3)

    refused = physio_client.post(stage_url(first), typed(first, requires=third.pk))
    taken = physio_client.post(stage_url(third), typed(third, requires=first.pk))

    assert "These stages would require each other: nobody could be given one." in texts_at(refused, ".errorlist li")
    assert taken.status_code == 302, texts_at(taken, ".errorlist li")
    assert [row.key for row in third.requires.all()] == ["vmo-1"]


def test_stage_is_added_to_a_draft_only(physio_client: Client, draft: ProgrammeVersion, published: ProgrammeVersion):
    add = "/admin/exercises/stage/add/"
    values = typed(draft.stages.get(number=1), number=4, key="vmo-4")

    response = physio_client.post(f"{add}?version={draft.pk}", values)

    assert response.status_code == 302, texts_at(response, ".errorlist li")
    assert draft.stages.get(key="vmo-4").number == 4
    assert [physio_client.post(f"{add}?version={key}", values).status_code for key in (published.pk, "x", 0)] == [
        404
    ] * 3


def test_further_programme_begins_with_a_draft(physio_client: Client):
    response = physio_client.post("/admin/exercises/programme/add/", {"title": "Hip programme", "key": "hip"})

    draft = ProgrammeVersion.objects.get(programme__key="hip")
    assert (response.status_code, response["Location"]) == (302, url(draft))
    assert physio_client.get(url(draft)).status_code == 200


# --- preview -------------------------------------------------------------------------------------------------------
def test_preview_is_the_page_of_patients_clearly_marked(physio_client: Client, draft: ProgrammeVersion):
    draft.stages.filter(number=1).update(title="Squeeze in a chair")
    before = all_rows()

    learn = physio_client.get(url(draft, "preview"))
    page = physio_client.get(url(draft, "preview/vmo-1"))

    for response in (learn, page):
        assert (response.status_code, faults(response)) == (200, [])
        assert text_at(response, "[role=note]").startswith("Preview of Kneecap programme, version 2 This is a draft")
        assert "Squeeze in a chair" in response.content.decode()
        assert not soup(response).select("nav.tabs, a[href^='/learn'], a[href^='/progress']")
    assert physio_client.get(url(draft, "preview/vmo-9")).status_code == 404
    assert all_rows() == before


def test_patient_sees_nothing_of_a_draft(draft: ProgrammeVersion, patient: Patient):
    make_prescription(patient=patient)
    draft.stages.filter(number=1).update(title="Squeeze in a chair")
    browser = client_of(patient.user)

    assert "Squeeze in a chair" not in browser.get("/learn/").content.decode()
    assert browser.get(url(draft, "preview")).status_code == 302


# --- publishing ----------------------------------------------------------------------------------------------------
def test_publishing_shows_what_is_different_and_happens_once(physio_client: Client, draft: ProgrammeVersion):
    draft.stages.filter(number=1).update(reps_max=15)

    page = physio_client.get(url(draft, "publish"))
    answers = [physio_client.post(url(draft, "publish")) for _time in range(2)]

    draft.refresh_from_db()
    assert (page.status_code, faults(page)) == (200, [])
    assert texts_at(page, "tbody tr") == ["Stage vmo-1 most repetitions 20 15"]
    assert [(row.status_code, row["Location"]) for row in answers] == [(302, url(draft, "people"))] * 2
    assert draft.status == "published"


def test_what_is_published_is_prescribed_from_then_on(
    physio_client: Client, physiotherapist: User, draft: ProgrammeVersion, patient: Patient
):
    make_prescription(patient=patient, by=physiotherapist)
    address = f"/admin/exercises/prescription/add/?patient={patient.pk}"
    before = texts_at(physio_client.get(address), OFFERED)
    draft.stages.filter(number=1).update(title="Squeeze in a chair")
    unpublished = texts_at(physio_client.get(address), OFFERED)
    editing.publish(version=draft, by=physiotherapist, now=NOW)

    after = texts_at(physio_client.get(address), OFFERED)
    # Who has a stage from the earlier version may have another dose of it.
    named = texts_at(physio_client.get(f"{address}&stage={stage(1).pk}"), OFFERED)

    assert len(before) == 3
    assert unpublished == before
    assert after == [text.replace("Seated squeeze", "Squeeze in a chair") for text in before]
    assert named == [before[0], *after]


def test_draft_with_faults_is_not_published(physio_client: Client, draft: ProgrammeVersion):
    draft.stages.get(number=1).phases.update(counts_as_hold=False)
    before = all_rows()

    response = physio_client.post(url(draft, "publish"))

    assert (response.status_code, faults(response)) == (422, [])
    assert texts_at(response, ".errorlist li") == [
        "Stage 1: Seated squeeze: one part of the repetition has to count as the hold."
    ]
    assert all_rows() == before


# --- people --------------------------------------------------------------------------------------------------------
def test_people_are_shown_and_moved(
    physio_client: Client, physiotherapist: User, draft: ProgrammeVersion, patient: Patient
):
    make_prescription(patient=patient, by=physiotherapist)
    editing.publish(version=draft, by=physiotherapist, now=NOW)

    page = physio_client.get(url(draft, "people"))
    kept = physio_client.post(url(draft, "people"), {"patients": str(patient.pk), "reason": ""})
    empty = physio_client.post(url(draft, "people"), {"reason": "Clearer words."})
    moved = physio_client.post(url(draft, "people"), {"patients": str(patient.pk), "reason": "Clearer words."})
    after = physio_client.get(url(draft, "people"))

    assert (page.status_code, faults(page)) == (200, [])
    assert text_at(page, "#here-title") == "0 patients have exercises from this version"
    assert not soup(page).select("[name=patients][checked]")
    assert (kept.status_code, faults(kept)) == (422, [])
    assert "Say in a sentence why: the patients read it." in texts_at(kept, ".errorlist li")
    assert "Choose who is moved." in texts_at(empty, ".errorlist li")
    assert moved.status_code == 302
    assert text_at(after, "#here-title") == "One patient has exercises from this version"
    assert Prescription.objects.of(patient).active().get().stage.version == draft
    assert set(AccessLog.objects.values_list("patient_id", "view")) == {(patient.pk, "programmeversion")}


# --- rights --------------------------------------------------------------------------------------------------------
def test_other_staff_get_nowhere(draft: ProgrammeVersion):
    browser = client_of(make_user(is_staff=True))
    before = all_rows()

    looks = [browser.get(url(draft, page)).status_code for page in ("change", "preview", "publish", "people")]
    acts = [browser.post(url(draft, page)).status_code for page in ("new", "publish", "people")]

    assert (looks, acts) == ([403] * 4, [403] * 3)
    assert all_rows() == before

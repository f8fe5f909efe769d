"""Limits and criteria at the desk: what counts, what would change, and setting it as a new version."""

from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.desk.forms import as_initial
from progress import services
from progress.history import rule_set_of
from progress.models import RuleSet
from progress.rules.limits import PRESETS, Preset, with_value
from tests.factories import a_moment, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

LIST, ADD = "/admin/progress/ruleset/", "/admin/progress/ruleset/add/"
STANDARD = {name: "" if value is None else str(value) for name, value in as_initial(PRESETS[Preset.STANDARD]).items()}


def shown(response: Any) -> dict[str, str]:
    """Return what the fields of the page hold."""
    return {str(field["name"]): str(field.get("value", "")) for field in soup(response).select("[type=number]")}


def test_page_of_the_clinic_shows_what_counts_and_its_versions(physio_client: Client):
    response = physio_client.get(ADD)

    assert (response.status_code, faults(response)) == (200, [])
    assert title_of(response) == "Limits and criteria of the clinic"
    assert shown(response) == STANDARD
    assert text_at(response, "[aria-labelledby=current-title] p") == "Standard, your clinic’s standard."
    assert texts_at(response, "[aria-labelledby=versions-title] li") == ["Version 1 standard, your clinic’s standard"]
    assert not AccessLog.objects.exists()


def test_page_of_a_patient_says_that_the_clinics_count_and_each_look_is_logged(physio_client: Client, patient: Patient):
    before = all_rows(without=(AccessLog,))

    response = physio_client.get(ADD, {"patient": str(patient.pk)})

    assert (response.status_code, faults(response)) == (200, [])
    assert title_of(response) == "Limits and criteria of Anna Knee"
    assert "This patient has none of their own" in text_at(response, "[aria-labelledby=current-title]")
    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(patient.pk, "ruleset")]
    assert all_rows(without=(AccessLog,)) == before


def test_options_carry_the_values_that_a_script_fills_in(physio_client: Client):
    options = {str(row["value"]): row for row in soup(physio_client.get(ADD)).select("#id_preset option")}

    assert list(options) == ["", "strict", "standard", "lenient"]
    assert (options["strict"]["data-green-max"], options["strict"]["data-rep-target"]) == ("1", "")
    assert not [name for name in options[""].attrs if name.startswith("data-")]


def test_preset_is_filled_in_without_a_script_and_nothing_is_set(physio_client: Client, patient: Patient):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(f"{ADD}?patient={patient.pk}", STANDARD | {"preset": "strict", "fill": "1"})

    assert (response.status_code, faults(response)) == (200, [])
    assert (shown(response)["amber_max"], shown(response)["pain_worst_max"]) == ("3", "0")
    assert all_rows(without=(AccessLog,)) == before


def test_preview_says_what_changes_and_sets_nothing(physio_client: Client, patient: Patient):
    before = all_rows(without=(AccessLog,))
    typed = STANDARD | {"amber_max": "4", "rep_target": "12", "preview": "1"}

    response = physio_client.post(f"{ADD}?patient={patient.pk}", typed)
    unchanged = physio_client.post(ADD, STANDARD | {"preview": "1"})

    assert (response.status_code, faults(response)) == (200, [])
    assert texts_at(response, ".desk-changes li") == ["Acceptable up to: 5 → 4", "Repetitions: – → 12"]
    assert soup(response).select_one("button[name=save]") is not None
    assert "Nothing: these are the values that count now." in text_at(unchanged, ".desk-changes")
    assert all_rows(without=(AccessLog,)) == before


def test_save_sets_the_next_version_and_twice_is_once(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    typed = STANDARD | {"amber_max": "4", "save": "1"}
    for _time in (1, 2):
        response = physio_client.post(f"{ADD}?patient={patient.pk}", typed)

    own = rule_set_of(patient)
    assert response["Location"] == f"/admin/accounts/patient/{patient.pk}/change/"
    assert (own.patient, own.version, own.preset, own.amber_max) == (patient, 1, "own", 4)
    assert (own.made_by, own.made_at) == (physiotherapist, NOW)
    assert (RuleSet.objects.count(), rule_set_of(other_patient).patient) == (2, None)
    page = text_at(physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/"), "[aria-labelledby=limits-title]")
    assert "Set by Petra Physio on 25 November, for this patient (own values)." in page


def test_values_of_a_patient_are_handed_back(physio_client: Client, patient: Patient, physiotherapist: User):
    page = f"{ADD}?patient={patient.pk}"
    without = physio_client.get(page)
    values = with_value(PRESETS[Preset.STANDARD], "amber_max", 4)
    services.set_rules(patient=patient, values=values, by=physiotherapist, now=NOW)

    offered = physio_client.get(page)
    for _time in (1, 2):
        response = physio_client.post(page, {"hand_back": "1"})

    assert soup(without).select("[name=hand_back]") == []
    assert (texts_at(offered, ".desk-changes li"), faults(offered)) == (["Acceptable up to: 4 → 5"], [])
    assert response["Location"] == f"/admin/accounts/patient/{patient.pk}/change/"
    assert list(RuleSet.objects.filter(patient=patient).values_list("preset", flat=True)) == ["clinic", "own"]
    assert rule_set_of(patient).patient is None
    assert "This patient has none of their own" in physio_client.get(page).text


def test_save_for_the_clinic_keeps_the_first_version(physio_client: Client):
    response = physio_client.post(ADD, STANDARD | {"green_max": "1", "save": "1"})

    rows = list(RuleSet.objects.filter(patient=None).order_by("version").values_list("version", "green_max"))
    assert (response["Location"], rows) == (LIST, [(1, 2), (2, 1)])
    listed = physio_client.get(LIST)
    assert (faults(listed), sorted(texts_at(listed, ".field-version"))) == ([], ["1", "2"])
    assert texts_at(listed, "#result_list .field-whose") == ["the clinic", "the clinic"]


@pytest.mark.parametrize("what", ["save", "preview"])
@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"amber_max": "8"}, {"amber_max": "Between 3 and 7."}),
        ({"amber_max": "2"}, {"amber_max": "Between 3 and 7."}),
        ({"min_full_days": "8"}, {"min_full_days": "Between 1 and 7."}),
        ({"green_max": ""}, {"green_max": "This field is required."}),
        ({"green_max": "x"}, {"green_max": "Enter a whole number."}),
        ({"preset": "wild"}, {"preset": "Select a valid choice. wild is not one of the available choices."}),
    ],
)
def test_values_out_of_bounds_come_back(
    physio_client: Client, patient: Patient, what: str, changes: dict[str, str], errors: dict[str, str]
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(f"{ADD}?patient={patient.pk}", STANDARD | changes | {what: "1"})

    found = {name: list(said) for name, said in response.context["form"].errors.items()}
    assert (response.status_code, faults(response)) == (422, [])
    assert found == {name: [said] for name, said in errors.items()}
    assert {name: shown(response).get(name, value) for name, value in changes.items()} == changes
    assert all_rows(without=(AccessLog,)) == before


def test_page_of_a_version_cannot_be_changed(physio_client: Client, patient: Patient, physiotherapist: User):
    row = services.set_rules(patient=patient, values=PRESETS[Preset.STRICT], by=physiotherapist, now=NOW)
    url = f"{LIST}{row.pk}/change/"
    before = all_rows(without=(AccessLog,))

    page = physio_client.get(url)
    posted = physio_client.post(url, STANDARD).status_code

    assert (page.status_code, faults(page), posted) == (200, [], 403)
    assert soup(page).select("#content form input:not([type=hidden]), #content form select") == []
    assert AccessLog.objects.get().patient_id == patient.pk
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_patient_that_is_not_there_is_not_found(physio_client: Client, key: str):
    assert physio_client.get(ADD, {"patient": key}).status_code == 404
    assert physio_client.post(f"{ADD}?patient={key}", STANDARD | {"save": "1"}).status_code == 404
    assert RuleSet.objects.count() == 1


def test_only_who_may_sets(physio_client: Client, physiotherapist: User, patient_client: Client, patient: Patient):
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="add_ruleset"))
    before = all_rows(without=(AccessLog,))

    for client, status in ((physio_client, 403), (client_of(make_user(is_staff=True)), 403), (patient_client, 302)):
        assert client.post(ADD, STANDARD | {"green_max": "1", "save": "1"}).status_code == status
        assert client.get(ADD).status_code == status
    assert b"ruleset/add" not in physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/").content
    assert {name: rows for name, rows in all_rows(without=(AccessLog, User)).items() if "ruleset" in name} == {
        name: rows for name, rows in before.items() if "ruleset" in name
    }


def test_without_readiness_the_criteria_are_not_asked_and_stay(physio_client: Client, patient: Patient, settings: Any):
    settings.READINESS = False
    typed = {"green_max": "1", "amber_max": "5", "settled_tolerance": "1", "min_days_on_stage": "3", "save": "1"}

    page = physio_client.get(f"{ADD}?patient={patient.pk}")
    physio_client.post(f"{ADD}?patient={patient.pk}", typed)

    own = rule_set_of(patient)
    assert list(shown(page)) == ["green_max", "amber_max", "settled_tolerance"]
    assert (own.green_max, own.min_days_on_stage) == (1, 7)


def test_with_everything_off_there_is_nothing_to_set(physio_client: Client, patient: Patient, settings: Any):
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = False

    statuses = [physio_client.get(url).status_code for url in (LIST, ADD)]
    page = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    assert (statuses, page.status_code) == ([403, 403], 200)
    assert b"progress/ruleset/" not in physio_client.get("/admin/").content
    assert b"Limits and criteria" not in page.content


def test_limits_of_another_year_name_it(physio_client: Client, patient: Patient, physiotherapist: User):
    services.set_rules(
        patient=patient, values=PRESETS[Preset.STRICT], by=physiotherapist, now=a_moment("2025-11-03 08:00")
    )

    response = physio_client.get(f"{ADD}?patient={patient.pk}")

    assert "set by Petra Physio on 3 November 2025" in text_at(response, "[aria-labelledby=current-title]")

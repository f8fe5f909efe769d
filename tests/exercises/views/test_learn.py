"""Learn: the whole programme, to read."""

from collections.abc import Sequence

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from exercises import editing
from exercises.models import Prescription, ProgrammeText, ProgrammeVersion, RepPhase, Stage, Topic
from exercises.services import Prescribing, end_prescription, prescribe
from kneecoach.accounts.models import Patient, User
from tests.factories import (
    a_moment,
    make_eligible,
    make_patient,
    make_physiotherapist,
    make_prescription,
    stage,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/learn/"


def test_learn_shows_the_three_stages_with_their_pictures(patient_client: Client):
    response = patient_client.get(URL)

    page = soup(response)
    assert (response.status_code, title_of(response), faults(response)) == (200, "Learn", [])
    assert texts_at(response, "article.stage-card h3") == ["Seated squeeze", "Lying lift", "Wall squat"]
    assert [str(link["href"]) for link in page.select("article.stage-card a")] == [
        "/learn/vmo-1/",
        "/learn/vmo-2/",
        "/learn/vmo-3/",
    ]
    assert len(page.select("article.stage-card figure svg")) == 3


def test_learn_names_the_stages_and_what_comes_first(patient_client: Client):
    response = patient_client.get(URL)

    assert text_at(response, "#stages-title") == "The 3 stages"
    assert first_words(response) == ["", "", "Get the knack of stages 1 and 2 first."]


@pytest.mark.parametrize(
    ("requires", "title", "words"),
    [
        ([()], "The stage", [""]),
        ([(), (1,)], "The 2 stages", ["", "Get the knack of stage 1 first."]),
        ([(), (), (), (3, 1, 2)], "The 4 stages", ["", "", "", "Get the knack of stages 1, 2 and 3 first."]),
    ],
)
def test_learn_follows_the_stages_of_another_programme(
    patient_client: Client, patient: Patient, physiotherapist: User, requires, title: str, words: list[str]
):
    prescribe_first(patient, make_programme(requires=requires), physiotherapist)

    response = patient_client.get(URL)

    assert text_at(response, "#stages-title") == title
    assert first_words(response) == words


def test_who_has_no_prescription_reads_the_first_programme_in_its_newest_version(patient_client: Client):
    draft = editing.new_version(programme=stage(1).version.programme)
    draft.stages.filter(number=1).update(title="Squeeze in a chair")
    editing.publish(version=draft, by=make_physiotherapist(), now=a_moment())
    make_programme()

    response = patient_client.get(URL)

    assert texts_at(response, "article.stage-card h3") == ["Squeeze in a chair", "Lying lift", "Wall squat"]


def test_who_has_a_prescription_reads_its_programme_also_when_it_has_ended(
    patient_client: Client, patient: Patient, physiotherapist: User
):
    make_prescription(patient=patient, by=physiotherapist)
    before = texts_at(patient_client.get(URL), "article.stage-card h3")
    hip = make_programme()
    unmoved = texts_at(patient_client.get(URL), "article.stage-card h3")
    made = prescribe_first(patient, hip, physiotherapist)
    after = texts_at(patient_client.get(URL), "article.stage-card h3")
    end_prescription(prescription=made, reason="stopped", on=made.starts_on, by=physiotherapist, now=made.prescribed_at)

    assert before == unmoved == ["Seated squeeze", "Lying lift", "Wall squat"]
    assert after == texts_at(patient_client.get(URL), "article.stage-card h3") == ["Hip lift 1", "Hip lift 2"]


def test_learn_says_what_is_known_and_what_is_missing(patient_client: Client):
    response = patient_client.get(URL)

    assert "This programme has no hip exercises." in text_at(response, "section[aria-labelledby=text-evidence]")


@pytest.mark.parametrize(
    ("has_found_vmo", "words"),
    [
        (True, "You found it on 5 January. Check now and then that you still do."),
        (False, "Do this before the first exercise."),
    ],
)
def test_learn_says_whether_the_muscle_was_found(has_found_vmo: bool, words: str):  # noqa: FBT001 -- parametrised
    client = client_of(make_patient(has_found_vmo=has_found_vmo).user)

    response = client.get(URL)

    assert text_at(response, "section[aria-labelledby=find-title] p") == words


def test_learn_writes_nothing(patient_client: Client):
    before = all_rows()

    patient_client.get(URL)

    assert all_rows() == before


def test_learn_queries(patient_client: Client, django_assert_num_queries):
    # session, user with patient; newest prescription, version, texts, stages, tips, phases, requirements
    with django_assert_num_queries(9):
        patient_client.get(URL)


def test_learn_rejects_post(patient_client: Client):
    assert patient_client.post(URL).status_code == 405


def test_learn_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get(URL), client.get(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/learn/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")


def make_programme(*, key: str = "hip", requires: Sequence[Sequence[int]] = ((), (1,))) -> ProgrammeVersion:
    """Publish a further programme. `requires` are the stages that each stage requires, by their numbers."""
    version = editing.new_programme(key=key, title=f"{key.capitalize()} programme")
    for topic in Topic:
        ProgrammeText.objects.create(
            version=version, topic=topic, title=str(topic.label), body="What there is to know."
        )
    dose = vars(stage(1).dose)
    made: list[Stage] = []
    for number, needed in enumerate(requires, start=1):
        made.append(
            Stage.objects.create(
                version=version,
                number=number,
                key=f"{key}-{number}",
                title=f"{key.capitalize()} lift {number}",
                purpose="A stronger hip.",
                position="Lie on your side.",
                action="Lift the leg.",
                equipment="a mat",
                drawing=Stage.Drawing.LYING_LIFT,
                **dose,
            )
        )
        RepPhase.objects.create(stage=made[-1], order=1, kind="hold", seconds=3, cue="Hold", counts_as_hold=True)
        made[-1].requires.set(made[one - 1] for one in needed)
    return editing.publish(version=version, by=make_physiotherapist(), now=timezone.now())


def first_words(response: HttpResponse) -> list[str]:
    """Return what each stage says about those before it; nothing where it says nothing."""
    return [
        " ".join(tag.get_text() for tag in card.select("p.small"))
        for card in soup(response).select(".stage-card:has(h3)")
    ]


def prescribe_first(patient: Patient, version: ProgrammeVersion, by: User) -> Prescription:
    """Prescribe the first stage of a version."""
    now = a_moment()
    make_eligible(patient=patient, by=by, now=now)
    first = version.stages.get(number=1)
    return prescribe(Prescribing(patient, first, first.dose, patient.side, now.date()), by=by, now=now)

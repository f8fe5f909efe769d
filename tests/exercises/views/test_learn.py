"""Learn: the whole programme, to read."""

import pytest
from django.test import Client

from tests.factories import make_patient
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
    # session, user, patient; newest prescription, version, texts, stages, tips, phases, requirements
    with django_assert_num_queries(10):
        patient_client.get(URL)


def test_learn_rejects_post(patient_client: Client):
    assert patient_client.post(URL).status_code == 405


def test_learn_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get(URL), client.get(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/learn/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")

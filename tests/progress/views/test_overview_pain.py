"""Progress: pain at every moment, with its limits. A gap is a gap, a zero is a zero."""

from datetime import date

import pytest
from django.test import Client

from progress import services
from tests.factories import (
    a_moment,
    make_finished_session,
    make_patient,
    make_prescription,
    make_session,
    rate_each_side,
)
from tests.fixtures import client_of
from tests.pages import faults, soup, text_at, texts_at
from tests.progress.views.conftest import NOW
from tests.progress.views.progress_page import pain_tables, rate, set_limits

pytestmark = pytest.mark.django_db

URL = "/progress/"
MARKS = ("before", "worst", "after", "hour_later", "morning", "week_worst", "week_usual")


def test_overview_skipped_zero_and_gap_as_zero(patient_client: Client, patient):
    """Named traps: a zero is drawn as a zero, and a question that was skipped is a gap."""
    make_prescription(patient=patient, now=a_moment("2026-11-23 06:00"))
    for day, pain in (("23", 0), ("24", None), ("25", 4)):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{day} 07:00"), pain_before=pain, pain_worst=6)

    response = patient_client.get(URL)

    chart = soup(response).select_one("#pain figure svg")
    assert texts_at(response, "#pain figcaption") == ["Your right knee"]
    assert (chart.select_one("path.c-before")["d"].count("M"), chart.select_one("path.c-worst")["d"].count("M")) == (
        2,
        3,
    )
    assert (len(chart.select(".c-line-before")), len(chart.select(".c-line-worst"))) == (0, 1)
    assert pain_tables(response) == {
        "Session": [
            ["25 Nov, morning", "4", "6"],
            ["24 Nov, morning", "skipped", "6"],
            ["23 Nov, morning", "0", "6"],
        ]
    }


def test_overview_draws_the_number_that_counts(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=3)
    (worst,) = session.pain_ratings.filter(moment="worst")
    change = services.Change(f"pain-{worst.pk}", value=None)
    services.correct(session=session, changes=[change], reason="", by=patient.user, now=NOW)

    response = patient_client.get(URL)

    assert pain_tables(response) == {"Session": [["24 Nov, morning", "0", "skipped (first: 3)"]]}
    assert soup(response).select("#pain figure path.c-worst") == []


def test_overview_shows_every_moment_with_a_mark_of_its_own(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), pain_before=1, pain_worst=2)
    rate(patient, "hour_later", 5, day=date(2026, 11, 24), session=session)
    rate(patient, "morning", 0, day=date(2026, 11, 25))
    rate(patient, "week_worst", 4, day=date(2026, 11, 16))
    rate(patient, "week_usual", None, day=date(2026, 11, 16))

    response = patient_client.get(URL)

    chart = soup(response).select_one("#pain figure svg")
    drawn = [name for name in MARKS if chart.select(f"path.c-{name}, rect.c-{name}")]
    assert drawn == ["before", "worst", "hour_later", "morning", "week_worst"]
    assert texts_at(response, "#pain thead th") == [
        *("Session", "before", "worst during", "an hour later"),
        *("Morning", "next morning"),
        *("Week from", "worst of the week", "usual of the week"),
    ]
    assert pain_tables(response) == {
        "Session": [["24 Nov, evening", "1", "2", "–"], ["24 Nov, morning", "2", "3", "5"]],
        "Morning": [["25 Nov", "0"]],
        "Week from": [["16 Nov", "4", "skipped"]],
    }


def test_overview_shows_a_week_that_reaches_into_the_month(patient_client: Client, patient, clock):
    """Named trap, month edges: the week of Monday 26 October has its Sunday in November, and no other month before."""
    rate(patient, "week_worst", 4, day=date(2026, 10, 26))
    rate(patient, "week_worst", 9, day=date(2026, 10, 19))
    rate(patient, "morning", 8, day=date(2026, 10, 31))

    november, october = patient_client.get(URL), patient_client.get(URL, {"month": "2026-10"})

    assert pain_tables(november) == {"Week from": [["26 Oct", "4"]]}
    assert pain_tables(october) == {"Morning": [["31 Oct", "8"]], "Week from": [["26 Oct", "4"], ["19 Oct", "9"]]}


@pytest.mark.switched_on("PAIN_ADVICE")
def test_overview_says_whose_limits_they_are(patient_client: Client, patient, prescription, physiotherapist):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    standard = patient_client.get(URL)
    set_limits(patient, physiotherapist, green_max=1, amber_max=3)

    own = patient_client.get(URL)

    assert "up to 5: within your limits" in text_at(standard, "#pain")
    assert "your clinic’s standard" in text_at(standard, "#pain")
    assert "0 to 1: calm up to 3: within your limits above 3: over your limit" in text_at(own, "#pain")
    assert "set by Petra Physio on 24 November" in text_at(own, "#pain")
    assert len(soup(own).select("#pain figure .c-band")) == 3


def test_overview_without_pain_advice_has_no_limits(patient_client: Client, patient, prescription, settings):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    settings.PAIN_ADVICE = False

    response = patient_client.get(URL)

    assert soup(response).select("#pain figure .c-worst") != []
    assert soup(response).select(".c-band, .c-limit") == []
    assert "limit" not in text_at(response, "#pain")
    assert "2 points: the change that counts as real" in text_at(response, "#pain")


def test_overview_has_a_chart_for_each_knee():
    patient = make_patient(side="both")
    session = make_session(patient=patient, now=NOW)
    services.answer_safety(session=session, is_safe=True, now=NOW)
    rate_each_side(session=session, moment="before", value=3, now=NOW)

    response = client_of(patient.user).get(URL)

    assert texts_at(response, "#pain figcaption") == ["Your left knee", "Your right knee"]
    assert faults(response) == []

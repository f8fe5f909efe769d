"""Every screen through axe-core (WCAG 2.2 AA), in both themes and both sizes, and none wider than the screen.

The walks keep one page each and look at every screen on the way. What was found is collected, so that one run tells
about all screens.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from exercises.models import Prescription
from kneecoach.accounts.models import ClinicSettings, Patient
from progress import services
from tests.e2e.hands import (
    expect_phase,
    expect_reps,
    expect_step,
    leap,
    log_in_by_form,
    press,
    rate_pain,
)
from tests.e2e.walk import SCHEMES, WIDTHS, ZOOMED_WIDTHS, Walk, assert_none
from tests.factories import (
    PASSWORD,
    make_finished_session,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_session,
    make_user,
    stage,
)

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]


def zone_where_it_is(hour: int) -> str:
    """Return a zone whose clocks show this hour now, so that a day has the state that is asked for."""
    ahead = (hour - timezone.now().hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"  # signs are the other way round in these names


def test_today_in_all_states(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    now = timezone.now()
    morning, evening = zone_where_it_is(10), zone_where_it_is(18)
    yesterday = now - timedelta(days=1)
    states: dict[str, Patient] = {}

    states["muscle not found"] = make_patient(has_found_vmo=False)
    make_prescription(patient=states["muscle not found"])
    states["nothing prescribed"] = make_patient()
    states["starts later"] = make_patient()
    make_prescription(patient=states["starts later"], starts_on=timezone.localdate() + timedelta(days=5))
    states["due in the morning"] = make_patient(time_zone=morning, side="both")
    make_prescription(patient=states["due in the morning"], note="Slowly, please.")
    make_prescription(patient=states["due in the morning"], stage_number=2)
    states["missed in the morning"] = make_patient(time_zone=evening)
    make_prescription(patient=states["missed in the morning"], now=yesterday)
    states["in progress"] = make_patient(time_zone=morning)
    make_session(patient=states["in progress"], now=now)
    states["done in the morning"] = make_patient(time_zone=morning)
    make_finished_session(patient=states["done in the morning"], now=now - timedelta(minutes=20))
    states["partly done"] = make_patient(time_zone=evening)
    make_finished_session(patient=states["partly done"], now=now - timedelta(minutes=20), reps=4)
    states["extra"] = make_patient(time_zone=evening)
    for minutes in (60, 40, 20):
        make_finished_session(patient=states["extra"], now=now - timedelta(minutes=minutes))
    found: list[str] = []

    for name, patient in states.items():
        walk = make_walk(patient.user)
        walk.go("/", f"Today, {name}")
        if name == "due in the morning":
            walk.page.locator("#start [name=session_id]").evaluate("input => { input.value = 'x'; }")
            walk.page.locator("#start button").click()
            walk.look("Today, session refused")
        found += walk.found

    assert_none(found)


def test_screens_to_read(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    patient = make_patient(lead_physiotherapist=make_physiotherapist(), side="both")
    now = timezone.now()
    for days in range(6, -1, -1):
        make_finished_session(
            patient=patient, now=now - timedelta(days=days, minutes=30), reps=10 - days, pain_before=None
        )
    walk = make_walk(patient.user)
    page = walk.page

    walk.go("/learn/", "Learn")
    for number in (1, 2, 3):
        walk.go(f"/learn/{stage(number).key}/", f"stage {number}")
    walk.go("/learn/find-the-muscle/", "find the muscle")
    press(page, "Not yet")
    expect(page.get_by_role("heading", name="Try once more")).to_be_visible()
    walk.look("find the muscle, not yet")
    page.goto("/progress/")
    for table in page.locator("main summary").all():
        table.click()
    walk.look("Progress, full")
    page.locator(".cal a.cal-day").first.click()
    for table in page.locator("main summary").all():
        table.click()
    walk.look("a day, full")
    walk.go("/progress/?month=2026-01", "Progress, empty")
    stranger = make_patient()
    empty = make_walk(stranger.user)
    empty.go("/progress/", "Progress of somebody new")
    empty.page.locator(".cal a.cal-day").first.click()
    empty.look("a day, empty")
    walk.go("/me/", "Me")
    page.locator("#id_time_zone").evaluate(
        "select => { select.options[0].value = 'Moon/Crater'; select.selectedIndex = 0; }"
    )
    press(page, "Save")
    expect(page.get_by_text("is not a time zone we know")).to_be_visible()
    walk.look("Me with errors")
    walk.go("/learn/no-such-stage/", "404")
    page.context.clear_cookies(name=re.compile("csrf"))
    page.goto("/me/")
    page.context.clear_cookies(name=re.compile("csrf"))
    press(page, "Save")
    walk.look("403 of a form")
    nobody = make_walk(make_user())
    nobody.go("/", "403")

    assert_none(walk.found + nobody.found + empty.found)
    assert walk.screens == 13


def test_session_screens(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    patient = make_patient(side="both")
    make_prescription(patient=patient, stage_number=2)
    walk = make_walk(patient.user)
    page = walk.page

    page.goto("/")
    page.get_by_role("button", name=re.compile("Start the")).click()
    expect_step(page, "safety")
    walk.look("safety")
    page.locator("button[name=value][value='7']").evaluate("button => { button.value = '11'; }")
    rate_pain(page, 11)
    expect(page.locator(".form-errors")).to_be_visible()
    walk.look("safety with errors")
    rate_pain(page, 4)
    expect_step(page, "pain_before")
    expect(page.get_by_role("link", name="Change it")).to_be_visible()
    walk.look("pain in the other knee")
    press(page, "Skip")
    expect_step(page, "get_ready")
    walk.look("get ready")
    press(page, "I am ready")
    expect_phase(page, "ready")
    page.reload()
    walk.look("repetitions, before the start")
    press(page, "Start")
    leap(page, 5000)
    expect_phase(page, "lift")
    page.evaluate("freeze()")
    walk.look("repetitions, running")
    press(page, "Pause")
    walk.look("repetitions, paused")
    press(page, "Skip")
    expect_reps(page, "skipped", 1)
    walk.look("repetitions, one skipped")
    page.get_by_role("link", name="Stop for another reason").click()
    walk.look("stop")
    page.evaluate("document.querySelector('main form').noValidate = true")
    press(page, "Stop here")
    expect(page.get_by_text("Please choose a reason")).to_be_visible()
    walk.look("stop with errors")
    page.get_by_role("link", name="Go on with the session").click()
    press(page, "Start")
    expect_phase(page, "ready")
    press(page, "It hurts")
    expect_step(page, "pain_worst")
    walk.look("worst pain, after a stop")
    rate_pain(page, 6)
    expect(page.get_by_role("link", name="Change it")).to_be_visible()
    rate_pain(page, 0)
    expect_step(page, "felt_muscle")
    walk.look("felt the muscle")
    page.locator("button[name=felt][value=no]").click()
    expect_step(page, "done")
    walk.look("done, after it hurt")

    assert_none(walk.found)
    assert walk.screens == 13


def test_last_screens_of_a_session(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    patient = make_patient()
    now = timezone.now()
    long_ago = make_session(patient=patient, now=now - timedelta(days=3))
    done = make_finished_session(patient=patient, now=now - timedelta(minutes=20))
    warned = make_session(patient=patient, now=now)
    services.answer_safety(session=warned, is_safe=False, now=now)
    walk = make_walk(patient.user)

    walk.go(f"/sessions/{long_ago.pk}/", "left open")
    walk.go(f"/sessions/{done.pk}/", "done")
    walk.go(f"/sessions/{warned.pk}/", "warning sign")

    assert_none(walk.found)


def test_what_is_asked_and_said_about_pain(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    now = timezone.now()
    patient = make_patient(time_zone=zone_where_it_is(10), side="both")
    make_prescription(patient=patient, now=now - timedelta(days=9), reps_target=15)
    for hours in (27, 24):
        make_finished_session(patient=patient, now=now - timedelta(hours=hours), pain_worst=8, reps=15)
    walk = make_walk(patient.user)
    page = walk.page

    page.goto("/")
    page.get_by_text("When to stop and get help").click()
    walk.look("Today, morning check and the advice to pause")
    for side in ("left", "right"):
        services.rate_morning(patient=patient, side=side, value=5, now=now)
    walk.go("/checks/morning/", "swelling")
    services.answer_swelling(patient=patient, swelling="some", now=now)
    walk.go("/checks/morning/", "morning check, answered")
    page.goto("/checks/weekly/")
    press(page, "Save")
    expect(page.locator(".form-errors")).to_be_visible()
    walk.look("weekly check with errors")
    walk.go("/warning-signs/", "warning signs")
    session = make_session(patient=patient, now=now)
    services.answer_safety(session=session, is_safe=True, now=now)
    for side in ("left", "right"):
        services.rate_pain(session=session, moment="before", side=side, value=7, now=now)
    walk.go(f"/sessions/{session.pk}/", "over the limit")
    services.override_pain_limit(session=session, now=now)
    walk.go(f"/sessions/{session.pk}/", "get ready")
    page.goto("/warning-signs/")
    press(page, "Yes, at least one is true")
    page.get_by_text("Tick it, if you like").click()
    walk.look("warning sign, told")
    walk.go("/", "Today, with a warning sign")

    assert_none(walk.found)
    assert walk.screens == 9


def test_desk_screens(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    physiotherapist = make_physiotherapist(password=PASSWORD, email="petra.physio@example.org")
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    make_patient(name="Olga Other", has_account=False)
    now = timezone.now()
    make_prescription(patient=patient, by=physiotherapist, now=now - timedelta(days=9))
    done = make_finished_session(patient=patient, now=now - timedelta(days=2))
    warned = make_session(patient=patient, now=now)
    services.answer_safety(session=warned, is_safe=False, now=now)
    active = Prescription.objects.of(patient).get()
    walk = make_walk()
    page = walk.page

    page.goto("/admin/")
    expect(page).to_have_url(re.compile(r"/account/login/\?next=%2Fadmin%2F"))
    walk.look("led to log-in")
    log_in_by_form(page, "petra.physio@example.org")
    expect(page).to_have_url(re.compile(r"/admin/$"))
    walk.look("worklist")
    walk.go("/admin/?who=all", "worklist of everybody")
    walk.go("/admin/?q=nobody", "worklist, nobody found")
    walk.go("/admin/accounts/patient/", "patients")
    walk.go("/admin/accounts/patient/?lead=me&q=Anna", "patients, filtered")
    walk.go("/admin/accounts/patient/add/", "add a patient")
    page.evaluate("document.querySelector('#patient_form').noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errornote")).to_be_visible()
    walk.look("add a patient, with errors")
    walk.go(f"/admin/accounts/patient/{patient.pk}/change/", "patient")
    press(page, "Print a sheet with a QR code")
    expect(page.locator(".desk-address")).to_be_visible()
    walk.look("invitation to print")
    walk.go(f"/admin/accounts/patient/{patient.pk}/invitation/", "invitations")
    walk.go(f"/admin/accounts/patient/{patient.pk}/visit/", "visit sheet")
    walk.go(f"/admin/accounts/patient/{patient.pk}/visit/?first=2026-11-20&last=2026-11-19", "visit sheet, refused")
    walk.go(f"/admin/accounts/patient/{patient.pk}/paper/", "tick sheet")
    walk.go(f"/admin/accounts/patient/{patient.pk}/paper/type/", "tick sheet, typing")
    page.locator(".desk-paper input").first.fill("99")
    press(page, "Record this sheet")
    expect(page.locator(".errornote")).to_be_visible()
    walk.look("tick sheet, refused")
    walk.go(f"/admin/exercises/prescription/add/?patient={patient.pk}", "prescribe")
    page.locator("[name=stage]").select_option(str(stage(3).pk))
    press(page, "See what changes")
    expect(page.locator(".errorlist").first).to_be_visible()
    walk.look("prescribe, refused")
    walk.go("/admin/exercises/prescription/", "prescriptions")
    walk.go(f"/admin/exercises/prescription/{active.pk}/change/", "prescription")
    walk.go(f"/admin/exercises/prescription/{active.pk}/end/mastered/", "mark as mastered")
    walk.go(f"/admin/exercises/prescription/{active.pk}/end/stopped/", "stop a prescription")
    walk.go("/admin/progress/exercisesession/", "sessions")
    walk.go(f"/admin/progress/exercisesession/{done.pk}/change/", "session")
    walk.go("/admin/progress/painrating/", "pain ratings")
    walk.go("/admin/progress/redflagreport/", "warning signs")
    walk.go(f"/admin/exercises/stage/{stage(3).pk}/change/", "stage")

    assert_none(walk.found)
    assert walk.screens == 27


def test_walk_finds_planted_faults(make_walk: Callable[..., Walk], live_db):
    walk = make_walk()
    walk.page.goto("/account/login/")
    walk.page.evaluate(
        "() => { const wide = document.createElement('img'); wide.width = 700; document.querySelector('main').append(wide);"
        " wide.style.maxInlineSize = 'none';"
        " const pale = document.createElement('p'); pale.textContent = 'Pale'; document.querySelector('main').append(pale);"
        " pale.style.color = '#777'; pale.style.background = '#888'; }"
    )

    walk.look("planted")

    # What no theme changes is looked for in one, colours in both.
    assert sum("image-alt" in line for line in walk.found) == len(WIDTHS)
    assert sum("color-contrast" in line for line in walk.found) == len(WIDTHS) * len(SCHEMES)
    assert sum("wider than the screen" in line for line in walk.found) == len(ZOOMED_WIDTHS)

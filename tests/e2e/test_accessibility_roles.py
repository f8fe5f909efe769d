"""axe, widths and the security policy on what clinic managers and auditors see."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import ClinicSettings
from tests.e2e.walk import Walk, assert_none
from tests.factories import make_finished_session, make_manager, make_patient, make_physiotherapist

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]


def test_screens_of_managers_and_auditors(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    physiotherapist, manager = make_physiotherapist(), make_manager(email="morgan@example.org")
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    make_finished_session(patient=patient, now=timezone.now())
    log_read(physiotherapist, patient.pk, "patient")
    walk = make_walk(user=manager)

    walk.go("/admin/", "whose log to read")
    walk.go(f"/admin/accounts/patient/{patient.pk}/audit/", "who saw and did what")
    walk.go("/admin/accounts/user/", "accounts")
    walk.go("/admin/accounts/user/add/", "new account")
    walk.go(f"/admin/accounts/user/{physiotherapist.pk}/change/", "account")
    walk.go("/admin/accounts/accesslog/", "access log")
    walk.go("/admin/accounts/clinicsettings/1/change/", "clinic settings")
    walk.page.get_by_role("button", name="See what patients will read").click()
    walk.look("what patients will read")

    assert_none(walk.found)
    assert walk.screens == 8

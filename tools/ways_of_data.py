"""Ways to the screens about a person's data: of somebody of whom nothing is recorded, and what they ask for."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page

from tools.ways import NEW, NOW, STAGE_1


def when_stopped(why: str, address: str) -> Callable[[Page], None]:
    """Get to a page once nothing is recorded of the newest patient any more; `{patient}` stands for their id."""

    def go(page: Page) -> None:
        from kneecoach.accounts.models import Patient  # noqa: PLC0415 -- Django is set up by main()

        patient = Patient.objects.filter(user__email=NEW)
        patient.update(stopped_at=NOW, stopped_why=why)
        page.goto(address.format(patient=patient.get().pk))

    return go


def when_asked(address: str) -> Callable[[Page], None]:
    """Get to a page once a patient has asked for their data to be erased; `{request}` stands for its id."""

    def go(page: Page) -> None:
        from kneecoach.accounts.models import DataRequest, Patient  # noqa: PLC0415 -- Django is set up by main()
        from kneecoach.accounts.services import ask_about_data  # noqa: PLC0415 -- as above

        patient = Patient.objects.get(user__email=STAGE_1)
        asked = DataRequest.objects.of(patient).open().first() or ask_about_data(
            patient=patient, request_id=uuid.uuid4(), kind="erase", words="We are moving away.", now=NOW
        )
        page.goto(address.format(request=asked.pk))

    return go

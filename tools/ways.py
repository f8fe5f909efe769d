"""Ways to the screens that tools/screenshots.py takes, and what has to be there first."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Page

# A Wednesday afternoon: the morning is done, the evening is to come, and in New York it is still morning.
NOW = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
CLINIC, MANAGER = "petra@example.org", "morgan@example.org"
NEW, STAGE_1, STAGE_2, WORSE = "mia@example.org", "leo@example.org", "grace@example.org", "walter@example.org"


def patient_page(email: str) -> Callable[[Page], None]:
    """Get to a patient's page in the admin."""

    def go(page: Page) -> None:
        page.goto(f"/admin/accounts/patient/{patient_id(email)}/change/")

    return go


def prescribe_form(page: Page) -> None:
    """Get to the form that gives a patient a stage, filled in as choosing a stage does."""
    page.goto(f"/admin/exercises/prescription/add/?patient={patient_id(STAGE_2)}")


def decide(email: str, button: str, typed: dict[str, str]) -> Callable[[Page], None]:
    """Get to a decision about the last stage of a patient, made within the patient's page up to what it changes."""

    def go(page: Page) -> None:
        patient_page(email)(page)
        page.locator(".desk-acts").get_by_role("link", name=button).first.click()
        for label, text in typed.items():
            page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("button", name="See what changes").click()
        page.locator("#decision .desk-changes, #decision .errorlist").first.wait_for()
        page.locator("#decision").scroll_into_view_if_needed()

    return go


def pause_without_a_day(page: Page) -> None:
    """Get to a pause that was refused, on its own page."""
    patient_page(STAGE_2)(page)
    pause = page.locator(".desk-acts").get_by_role("link", name="Pause").first.get_attribute("href")
    page.goto(pause or "")
    page.get_by_role("button", name="See what changes").click()


def patient_id(email: str) -> str:
    """Return the id of a demo patient."""
    from kneecoach.accounts.models import Patient  # noqa: PLC0415 -- Django is set up by main()

    return str(Patient.objects.get(user__email=email).pk)


def pocket(part: str) -> Callable[[Page], None]:
    """Get to pocket mode in the session that stands at its repetitions, as far as a part of it."""

    def go(page: Page) -> None:
        page.goto("/")
        page.locator("form[action*='/sessions/start/'] button").first.click()
        page.get_by_role("button", name="Pocket mode").click()
        page.get_by_role("button", name="Start", exact=True).and_(page.locator("[data-pocket-do]:enabled")).wait_for()
        if part == "confirm":
            page.get_by_role("button", name="Start", exact=True).click()
            page.evaluate("document.querySelector('[data-pocket] audio').playbackRate = 16")
            page.locator("[data-pocket-number]", has_text="7").wait_for()
            page.get_by_role("button", name="I have finished").click()

    return go


def last_session(page_name: str, **wanted: object) -> Callable[[Page], None]:
    """Get to a page of the last session of a patient that is like this."""

    def go(page: Page) -> None:
        from progress.models import ExerciseSession  # noqa: PLC0415 -- Django is set up by main()

        found = ExerciseSession.objects.filter(patient__user__email=STAGE_2, **wanted).latest("local_date")
        page.goto(f"/sessions/{found.pk}/{page_name}/")

    return go


def enter_later(page: Page) -> None:
    """Get to the form for a session that was done without the phone, and send it as it is."""
    page.goto("/sessions/later/")
    page.locator(".rows a").first.click()
    page.get_by_role("button", name="Record it").click()
    page.evaluate("document.querySelector('form.card').noValidate = true")
    page.get_by_role("button", name="Record it").click()


def give_squats(email: str) -> None:
    """Master stages 1 and 2 of a patient and prescribe the third alone, two hands deep."""
    from exercises import services  # noqa: PLC0415 -- Django is set up by main()
    from exercises.models import Depth, Prescription, Stage  # noqa: PLC0415 -- as above
    from exercises.rules import SquatDepth  # noqa: PLC0415 -- as above
    from kneecoach.accounts.models import Patient, User  # noqa: PLC0415 -- as above

    patient, by = Patient.objects.get(pk=patient_id(email)), User.objects.get(email=CLINIC)
    now, today = datetime.now(UTC), NOW.date()
    for stage in Stage.objects.filter(version__number=1).select_related("version__programme").order_by("number"):
        asked = services.Prescribing(
            patient=patient,
            stage=stage,
            dose=stage.dose,
            depth=SquatDepth(Depth.TWO_HANDS, 4) if stage.is_squat else None,
            side=patient.side,
            starts_on=today,
        )
        running = Prescription.objects.of(patient).active().filter(stage=stage).first()
        made = running or services.prescribe(asked, by=by, now=now)
        if not stage.is_squat:
            mastered = Prescription.EndReason.MASTERED
            services.end_prescription(prescription=made, reason=mastered, on=today, by=by, now=now)


def report_sign(page: Page) -> None:
    """Say that one of the warning signs is true, and get to where it can be named."""
    page.goto("/warning-signs/")
    report = page.get_by_role("button", name="Yes, at least one is true")
    if report.count():
        report.click()
    page.get_by_text("Tick it, if you like").click()


def make_calendar(page: Page) -> None:
    """Have the address of a calendar shown."""
    page.goto("/me/reminders/")
    page.get_by_role("button", name=re.compile("Make a")).click()


def push_offered(page: Page) -> None:
    """Offer reminders in this browser."""
    page.goto("/me/reminders/")
    page.get_by_role("button", name="Switch it on here").scroll_into_view_if_needed()


def push_on_two(page: Page) -> None:
    """Have reminders on in this browser, which says that it has asked for them, and in another one."""
    from kneecoach.accounts.models import Patient  # noqa: PLC0415 -- Django is set up by main()
    from kneecoach.reminders.models import PushDevice  # noqa: PLC0415 -- as above

    patient = Patient.objects.get(pk=patient_id(STAGE_2))
    for browser, system in (("Safari", "an iPhone"), ("Firefox", "Windows")):
        values = {"browser": browser, "system": system, "made_at": datetime.now(UTC)}
        PushDevice.objects.get_or_create(
            endpoint=f"https://web.push.apple.com/{browser}", patient=patient, defaults=values
        )
    page.add_init_script(
        "PushManager.prototype.getSubscription = async () => ({ endpoint: 'https://web.push.apple.com/Safari',"
        " options: { applicationServerKey: Uint8Array.from(atob(document.querySelector('[data-push]').dataset.push"
        ".replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0)) } })"
    )
    page.goto("/me/reminders/")
    page.locator("[data-push-here]:visible").scroll_into_view_if_needed()


def waiting(address: str) -> Callable[[Page], None]:
    """Get to a page about what waits at the desk, once there is something of every kind.

    `{patient}`, `{alert}`, `{request}` and `{report}` in the address stand for ids.
    """

    def go(page: Page) -> None:
        page.goto(address.format(**make_things_wait()))

    return go


def draft_of_programme(address: str) -> Callable[[Page], None]:
    """Get to a page about a draft of the programme that says something else; `{draft}` and `{stage}` stand for ids."""

    def go(page: Page) -> None:
        from exercises import editing  # noqa: PLC0415 -- Django is set up by main()
        from exercises.models import Programme  # noqa: PLC0415 -- as above

        draft = editing.new_version(programme=Programme.objects.get(key="kneecap"))
        draft.stages.filter(number=1).update(title="Squeeze in a chair", reps_max=15)
        page.goto(address.format(draft=draft.pk, stage=draft.stages.get(number=1).pk))

    return go


def make_things_wait() -> dict[str, object]:
    """Have a demo patient ask, write and be answered, and open an alert and a warning sign; once. Return their ids."""
    from kneecoach.accounts.models import Patient, User  # noqa: PLC0415 -- as above
    from progress import services  # noqa: PLC0415 -- Django is set up by main()
    from progress.history import rule_set_of  # noqa: PLC0415 -- as above
    from progress.models import Alert, AlertEvidence, ExerciseSession, Message, RedFlagReport  # noqa: PLC0415 -- as above
    from progress.requesting import open_request_of, stage_ahead  # noqa: PLC0415 -- as above

    patient, by = Patient.objects.get(pk=patient_id(STAGE_2)), User.objects.get(email=CLINIC)
    asked, ahead, now = open_request_of(patient), stage_ahead(patient), datetime.now(UTC)
    session = ExerciseSession.objects.filter(patient=patient).latest("started_at")
    if asked is None and ahead and ahead.stage:
        asked = services.ask_for_stage(
            patient=patient,
            request_id=uuid.uuid4(),
            stage_key=ahead.stage.key,
            message="The lift feels easy now, even in the evening.",
            now=now,
        )
        sent = (
            ("How are the stairs these days?", by, False, 26),
            ("Better. Down is fine, up I still feel it a little.", patient.user, True, 20),
            ("Good. Keep the evening sessions, and tell me on Friday.", by, False, 2),
        )
        for body, author, is_from_patient, hours in sent:
            Message.objects.create(
                patient=patient,
                author=author,
                is_from_patient=is_from_patient,
                body=body,
                sent_at=now - timedelta(hours=hours),
            )
    alert, made = Alert.objects.get_or_create(
        patient=patient,
        kind=Alert.Kind.NOT_SETTLED_TWICE,
        resolved_at=None,
        defaults={"level": "high", "rules_version": 1, "rule_set": rule_set_of(patient), "opened_at": now},
    )
    for back, value in ((1, 6), (0, 5)) if made else ():
        day = NOW.date() - timedelta(days=back)
        AlertEvidence.objects.create(
            alert=alert, what="morning", local_date=day, exercise_session=session, side=patient.side, value=value,
            limit=3, added_at=now,
        )  # fmt: skip
    report = RedFlagReport.objects.filter(patient=patient).first() or RedFlagReport.objects.create(
        patient=patient, local_date=NOW.date(), answered_at=now, card_version=1
    )
    report.signs.get_or_create(code="giving_way")
    return {
        "patient": patient.pk,
        "alert": alert.pk,
        "request": asked.pk if asked else "",
        "report": report.pk,
    }


def preview_limits(page: Page) -> None:
    """Get to the limits of a patient, and see what a preset would change."""
    page.goto(f"/admin/progress/ruleset/add/?patient={patient_id(STAGE_2)}")
    page.locator("#id_preset").select_option("strict")
    page.get_by_role("button", name="See what changes").click()


def invited(way: str, *, birth_year: int = 1990, steps: int = 0) -> Callable[[Page], None]:
    """Get to a step of an invitation: 0 agreeing, 1 the ways in, 2 the code after a sheet, the day after a mail."""

    def go(page: Page) -> None:
        page.goto(f"/invitation/{token_for_somebody(way, birth_year)}/")
        if steps >= 1:
            page.get_by_label("I have read this and I agree").check()
            page.get_by_role("button", name="Go on").click()
        if steps >= 2:
            if way == "sheet":
                page.locator("#id_code_email").fill("nora@example.org")
            page.locator("button[name=way][value=code]").click()
            page.wait_for_url("**/welcome/code/" if way == "sheet" else "**/welcome/day/")

    return go


def token_for_somebody(way: str, birth_year: int) -> str:
    """Enter a patient and invite them. Return the token."""
    from django.core.cache import cache  # noqa: PLC0415 -- Django is set up by main()

    from kneecoach.accounts.models import Patient, User  # noqa: PLC0415 -- as above
    from kneecoach.accounts.services import invite  # noqa: PLC0415 -- as above

    cache.clear()
    by = User.objects.get(email=CLINIC)
    patient = Patient.objects.create(
        name="Nora Lindqvist",
        birth_date=date(birth_year, 5, 17),
        side="left",
        time_zone="Europe/London",
        lead_physiotherapist=by,
    )
    email = f"nora.{patient.pk.hex[:6]}@example.org" if way == "mail" else ""
    _made, token = invite(
        patient=patient, invitation_id=uuid.uuid4(), way=way, email=email, by=by, now=datetime.now(UTC)
    )
    return token


def print_sheet(page: Page) -> None:
    """Get to an invitation to print."""
    patient_page(STAGE_2)(page)
    page.get_by_role("button", name="Print a sheet").click()
    page.locator(".desk-address").wait_for()


def show_invitations(page: Page) -> None:
    """Get to the invitations of a patient, after one was printed."""
    print_sheet(page)
    page.goto(f"/admin/accounts/patient/{patient_id(STAGE_2)}/invitation/")


def audit_page(page: Page) -> None:
    """Get to who saw and did what with a patient, once somebody has looked."""
    from kneecoach.accounts.models import AccessLog, User  # noqa: PLC0415 -- Django is set up by main()

    AccessLog.objects.create(actor=User.objects.get(email=CLINIC), patient_id=patient_id(STAGE_2), view="patient")
    page.goto(f"/admin/accounts/patient/{patient_id(STAGE_2)}/audit/")


def preview_clinic(page: Page) -> None:
    """Get to what patients will read of the clinic's settings, before they are saved."""
    page.goto("/admin/accounts/clinicsettings/1/change/")
    for name, text in {"reply_hours": "48", "urgent_number": "111", "urgent_text": "At night: Bay Road."}.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_role("button", name="See what patients will read").click()

"""Every screen that tools/screenshots.py takes; tools/ways.py leads to them."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tools.ways import (
    CLINIC,
    MANAGER,
    NEW,
    STAGE_1,
    STAGE_2,
    WORSE,
    audit_page,
    decide,
    draft_of_programme,
    enter_later,
    invited,
    last_session,
    make_calendar,
    patient_page,
    pause_without_a_day,
    pocket,
    prescribe_form,
    preview_clinic,
    preview_limits,
    print_sheet,
    push_offered,
    push_on_two,
    report_sign,
    show_invitations,
    waiting,
)
from tools.ways_of_accounts import (
    ask_for_code,
    change_address,
    change_address_code,
    change_address_to_the_same,
    confirm_by_mail,
    recovery_codes,
    second_step,
)
from tools.ways_of_data import when_asked, when_stopped


@dataclass(frozen=True)
class Screen:
    """One screen: its name, who looks at it, and where it is."""

    name: str
    email: str
    # A path, or what leads there on a fresh page.
    at: "str | Callable[[Page], None]"
    # Chromium says so in its console; anything else that it says fails the run.
    status: int = 200


SCREENS = (
    Screen("log-in", "", "/account/login/"),
    Screen("log-in-code-ask", "", "/account/login/code/"),
    Screen("log-in-code", "", ask_for_code),
    Screen("password-reset", "", "/account/password/reset/"),
    Screen("invitation", "", invited("mail")),
    Screen("invitation-minor", "", invited("mail", birth_year=2011)),
    Screen("invitation-log-in", "", invited("mail", steps=1)),
    Screen("invitation-log-in-sheet", "", invited("sheet", steps=1)),
    Screen("invitation-code", "", invited("sheet", steps=2)),
    Screen("invitation-day", "", invited("mail", steps=2)),
    Screen("invitation-closed", "", "/invitation/never-made/", status=404),
    Screen("invitation-logged-in", STAGE_1, invited("mail")),
    Screen("today-new", NEW, "/"),
    Screen("today-stage-1", STAGE_1, "/"),
    Screen("today-stage-2", STAGE_2, "/"),
    Screen("today-worse", WORSE, "/"),
    # In New York it is still morning, the day after a session.
    Screen("morning-check", STAGE_1, "/checks/morning/left/"),
    Screen("weekly-check", STAGE_2, "/checks/weekly/"),
    Screen("warning-signs", STAGE_2, "/warning-signs/"),
    Screen("warning-signs-told", WORSE, report_sign),
    Screen("today-warning-sign", WORSE, "/"),
    Screen("learn", STAGE_2, "/learn/"),
    Screen("learn-stage-1", STAGE_2, "/learn/vmo-1/"),
    Screen("practise", STAGE_2, "/learn/vmo-1/practise/"),
    Screen("learn-stage-2", STAGE_2, "/learn/vmo-2/"),
    Screen("learn-stage-3", STAGE_2, "/learn/vmo-3/"),
    Screen("find-muscle", NEW, "/learn/find-the-muscle/"),
    Screen("progress-new", NEW, "/progress/"),
    Screen("progress-stage-1", STAGE_1, "/progress/"),
    Screen("progress-stage-2", STAGE_2, "/progress/"),
    Screen("progress-worse", WORSE, "/progress/"),
    Screen("progress-month-before", STAGE_2, "/progress/?month=2026-10"),
    Screen("day", STAGE_2, "/progress/2026-11-21/"),
    Screen("day-both", STAGE_1, "/progress/2026-11-19/"),
    Screen("day-paper", STAGE_2, "/progress/2026-11-20/"),
    Screen("day-warning-sign", WORSE, "/progress/2026-11-24/"),
    Screen("day-empty", WORSE, "/progress/2026-11-25/"),
    Screen("readiness", STAGE_2, "/progress/readiness/"),
    Screen("readiness-new", NEW, "/progress/readiness/"),
    Screen("record", STAGE_2, last_session("record", corrections__isnull=False)),
    Screen("record-paper", STAGE_2, last_session("record", entry="paper")),
    Screen("record-correct", STAGE_2, last_session("correct", corrections__isnull=False)),
    Screen("later-choose", STAGE_1, "/sessions/later/"),
    Screen("later-enter", STAGE_1, enter_later, status=422),
    Screen("me", STAGE_2, "/me/"),
    Screen("me-data", STAGE_2, "/me/data/"),
    Screen("me-ask", STAGE_2, "/me/data/ask/"),
    Screen("me-withdraw", STAGE_2, "/me/consent/withdraw/"),
    Screen("me-reminders", STAGE_2, "/me/reminders/"),
    Screen("me-reminders-new", NEW, "/me/reminders/"),
    Screen("me-reminders-calendar", STAGE_2, make_calendar),
    Screen("me-reminders-push-offered", STAGE_2, push_offered),
    Screen("me-reminders-push-on", STAGE_2, push_on_two),
    Screen("password-change", STAGE_2, "/account/password/change/"),
    Screen("account-devices", STAGE_2, "/account/devices/"),
    Screen("account-address", STAGE_2, change_address),
    Screen("account-address-error", STAGE_2, change_address_to_the_same, status=422),
    Screen("account-address-code", STAGE_2, change_address_code),
    Screen("account-devices-staff", CLINIC, "/account/devices/"),
    Screen("account-confirm", CLINIC, "/account/reauthenticate/"),
    Screen("account-confirm-patient", STAGE_2, confirm_by_mail),
    Screen("account-passkey", STAGE_2, "/account/passkeys/add/"),
    Screen("account-second-factor", CLINIC, "/account/second-factor/"),
    Screen("account-app", CLINIC, "/account/second-factor/app/"),
    Screen("account-codes", MANAGER, recovery_codes),
    Screen("log-in-second-step", "", second_step),
    Screen("log-out", STAGE_2, "/account/logout/"),
    Screen("not-found", STAGE_2, "/no-such-page/", status=404),
    Screen("admin-index", CLINIC, "/admin/"),
    Screen("admin-index-everybody", CLINIC, waiting("/admin/?who=all")),
    Screen("admin-index-nobody", CLINIC, "/admin/?q=nobody"),
    Screen("admin-patients", CLINIC, "/admin/accounts/patient/"),
    Screen("admin-patient-new", CLINIC, "/admin/accounts/patient/add/"),
    Screen("admin-patient-stage-2", CLINIC, patient_page(STAGE_2)),
    Screen("admin-patient-worse", CLINIC, patient_page(WORSE)),
    Screen("admin-invitation-sheet", CLINIC, print_sheet),
    Screen("admin-invitations", CLINIC, show_invitations),
    Screen("admin-prescribe", CLINIC, prescribe_form),
    Screen("admin-decide-pause", CLINIC, decide(STAGE_2, "Pause", {"First day": "2026-12-01", "Why": "Away"})),
    Screen("admin-decide-errors", CLINIC, pause_without_a_day, status=422),
    Screen("admin-decide-back", CLINIC, decide(STAGE_2, "Step back", {"Why": "Too much pain on the stairs"})),
    Screen("admin-programme-draft", CLINIC, draft_of_programme("/admin/exercises/programmeversion/{draft}/change/")),
    Screen("admin-programme-stage", CLINIC, draft_of_programme("/admin/exercises/stage/{stage}/change/")),
    Screen("admin-programme-preview", CLINIC, draft_of_programme("/admin/exercises/programmeversion/{draft}/preview/")),
    Screen("admin-programme-publish", CLINIC, draft_of_programme("/admin/exercises/programmeversion/{draft}/publish/")),
    Screen("admin-programme-people", CLINIC, "/admin/exercises/programmeversion/1/people/"),
    Screen("admin-sessions", CLINIC, "/admin/progress/exercisesession/"),
    Screen("admin-limits", CLINIC, preview_limits),
    Screen("admin-patient-waiting", CLINIC, waiting("/admin/accounts/patient/{patient}/change/")),
    Screen("admin-alerts", CLINIC, waiting("/admin/progress/alert/")),
    Screen("admin-alert", CLINIC, waiting("/admin/progress/alert/{alert}/change/")),
    Screen("admin-warning-sign", CLINIC, waiting("/admin/progress/redflagreport/{report}/change/")),
    Screen("admin-request", CLINIC, waiting("/admin/progress/stagerequest/{request}/change/")),
    Screen("admin-messages", CLINIC, waiting("/admin/accounts/patient/{patient}/messages/")),
    Screen("admin-visit", CLINIC, waiting("/admin/accounts/patient/{patient}/visit/")),
    Screen("admin-paper", CLINIC, waiting("/admin/accounts/patient/{patient}/paper/")),
    Screen("admin-paper-typing", CLINIC, waiting("/admin/accounts/patient/{patient}/paper/type/")),
    Screen("later-choose-paper", STAGE_1, "/sessions/later/?from=paper"),
    Screen("admin-audit-index", MANAGER, "/admin/"),
    Screen("admin-audit", MANAGER, audit_page),
    Screen("admin-account", MANAGER, "/admin/accounts/user/add/"),
    Screen("admin-clinic", MANAGER, "/admin/accounts/clinicsettings/1/change/"),
    Screen("admin-clinic-preview", MANAGER, preview_clinic),
    Screen("readiness-asked", STAGE_2, waiting("/progress/readiness/")),
    Screen("today-message", STAGE_2, waiting("/")),
    Screen("messages", STAGE_2, waiting("/messages/")),
    Screen("messages-new", NEW, "/messages/"),
    Screen("me-data-asked", STAGE_1, when_asked("/me/data/")),
    Screen("admin-index-asked", CLINIC, when_asked("/admin/")),
    Screen("admin-data-request", CLINIC, when_asked("/admin/accounts/datarequest/{request}/change/")),
    # Whoever looks at the newest patient stands above: from here on nothing is recorded of them.
    Screen("stopped", NEW, when_stopped("withdrawn", "/me/stopped/")),
    Screen("agree", NEW, when_stopped("withdrawn", "/me/consent/")),
    Screen("stopped-restricted", NEW, when_stopped("restricted", "/me/stopped/")),
    Screen("admin-restricted", CLINIC, when_stopped("restricted", "/admin/accounts/patient/{patient}/change/")),
    Screen("design-system", "", "/design-system/"),
)


@dataclass(frozen=True)
class Step:
    """One screen of a session, and the button, pressed until it is gone, that leads to the next one."""

    name: str
    press: str
    path: str = ""
    # What leads there with JavaScript, where an address does not.
    at: Callable[[Page], None] | None = None


# Pictures are taken of where the session stands; then the button is pressed, without JavaScript.
SESSIONS = {
    STAGE_2: (
        Step("session-safety", "[name=value][value='1']"),
        Step("session-get-ready", "form[action$='/begin/'] button"),
        Step("session-stop", "", path="stop/"),
        Step("session-reps", ""),
        Step("session-pocket-play", "", at=pocket("play")),
        Step("session-pocket-confirm", "[name=outcome][value=ok]", at=pocket("confirm")),
        Step("session-pain-worst", "[name=value][value='2']"),
        Step("session-felt", "[name=felt][value=yes]"),
        Step("session-done", ""),
    ),
    WORSE: (
        Step("", "[name=value][value='6']"),
        Step("session-over-limit", "form[action$='/override/'] button"),
        Step("session-squat-get-ready", "form[action$='/begin/'] button"),
        Step("session-squat-reps", "[name=outcome][value=ok]"),
        Step("", "[name=value][value='7']"),
        Step("", "[name=felt][value=no]"),
        Step("session-squat-depth", "[name=depth][value='1']"),
        Step("session-squat-done", ""),
    ),
    STAGE_1: (
        Step("session-safety-both", "[name=answer][value=flag]"),
        Step("session-red-flag", ""),
    ),
}

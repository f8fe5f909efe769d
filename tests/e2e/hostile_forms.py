"""Sending the forms that stand on a page in Chromium, with text in them that would run as a script."""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from django.test import Client
from playwright.sync_api import Error, Page

from tests.e2e.hostile import hostile
from tests.e2e.hostile_look import judge
from tests.e2e.waiting import wait_until
from tests.filling import SAVE, Form, forms_of, sent

# What holds a word that stands for something else, so that no free text could be taken.
STRUCTURED = {"code", "key", "time_zone", "birth_date", "from_on", "to_on", "starts_on"}
# What has to be right, whatever stands there.
GOOD = {"phone": "020 7946 0000", "urgent_number": "111", "emergency_number": "999", "email": "somebody@example.org"}
# How many rows there are, which, and which not any more.
OF_FORMSET = re.compile(r"(_FORMS|-DELETE|-id)$")
# After these there is less to send.
LAST = [
    *(
        "progress:rep",
        "progress:rep-take-back",
        "progress:session-safety",
        "progress:set-finish",
        "progress:session-stop",
    ),
    *(
        "accounts:device-end",
        "accounts:device-end-others",
        "accounts:passkey-remove",
        "accounts:second-factor-app-remove",
    ),
    *("admin:accounts_patient_alerts_seen", "admin:progress_alert_resolve", "admin:exercises_prescription_end"),
    *("admin:exercises_programmeversion_publish", "admin:auth_user_password_change", "admin:accounts_user_changelist"),
    "privacy:withdraw",
]
# Every field that somebody fills in: whether it takes any text, and how long a one (-1 is any length).
FIELDS = """(form) => [...form.elements]
  .filter(({ name, type }) => name && name !== "csrfmiddlewaretoken" && !/^(submit|button|fieldset)$/.test(type))
  .map(({ name, type, maxLength }) => [name, /^(text|textarea)$/.test(type), maxLength ?? -1])"""
# What is sent takes the place of what was rendered, whatever kind of field that is. htmx sends as it does; of the others
# nothing is asked before: what scripts of ours do with passkeys and clocks instead has tests of its own.
SEND = """(form, data) => {
  for (const field of [...form.elements]) if (field.name !== "csrfmiddlewaretoken") field.disabled = true;
  for (const [name, value] of data) {
    const field = document.createElement("textarea");
    Object.assign(field, { name, value, hidden: true });
    form.append(field);
  }
  form.noValidate = true;
  window.isLeft = !form.matches("[hx-post], [hx-boost]");
  if (window.isLeft) HTMLFormElement.prototype.submit.call(form);
  else form.requestSubmit();
}"""
# Whether what was answered has not come into the page yet, or in its place.
IS_BUSY = """() => window.isLeft || document.readyState !== "complete" ||
  document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling") !== null"""
MARK = re.compile(r"\^\d+\^")
# Where a form leads, and what it holds.
Key: TypeAlias = tuple[str, tuple[str, ...]]
# As tests.filling.forms_of counts them.
NTH = """(number) => [...document.querySelectorAll("form[method=post]")].filter(
  (form) => [...form.elements].some(({ type }) => type === "submit"))[number]"""


@dataclass
class Sender:
    """Sends each form that it meets once in each way, and knows what was typed, and what of it stood on a page again."""

    good: dict[str, str]
    filled: dict[str, dict[str, str | None]]
    found: list[str]
    done: set[Key] = field(default_factory=set)
    left: list[tuple[str, Form]] = field(default_factory=list)
    # The statuses of the answers, by the address of the form.
    answers: dict[str, set[int]] = field(default_factory=dict)
    # Where a text was typed, by its mark; and which stood on a page again.
    typed: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def send_all(self, page: Page, browser: Client, url: str) -> None:
        """Send every form of a page that was not met before, but for those that log out or are sent by the page.

        What stands on the page is asked for without Chromium, which takes longer: most forms stand on many pages.
        """
        response = browser.get(url)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            return
        text = response.content.decode()
        self.seen |= set(MARK.findall(text))
        for form in forms_of(text, url):
            if key_of(form) in self.done or form.name.endswith(("logout", "messages-read")):
                continue
            if form.name in LAST:
                self.left.append((url, form))
            else:
                self.send_in_every_way(page, url, form)

    def send_what_is_left(self, page: Page) -> None:
        """Send what was left for the end."""
        for url, form in sorted(self.left, key=lambda row: LAST.index(row[1].name)):
            if key_of(form) not in self.done:
                self.send_in_every_way(page, url, form)
        self.left.clear()

    def send_in_every_way(self, page: Page, url: str, form: Form) -> None:
        """Send a form with nothing but hostile text, to be shown what it would do, and to be taken."""
        for way in ("refused", "preview", "taken") if "preview" in form.held else ("refused", "taken"):
            self.send(page, url, form, way)

    def send(self, page: Page, url: str, form: Form, way: str) -> None:
        """Open the page, send the form, and look at the answer."""
        page.goto(url)
        # Some pages send a form by themselves, which goes then: the others are counted afterwards.
        wait_until(page, lambda: is_answered(page))
        keys = [key_of(other) for other in forms_of(page.content(), url)]
        # A script may have added a field to it.
        alike = [n for n, key in enumerate(keys) if key == key_of(form)] or [
            n for n, key in enumerate(keys) if key[0] == form.name
        ]
        if not alike:
            # Gone, because the other way has written, or a script has taken its place.
            return
        self.done.add(key_of(form))
        place = page.evaluate_handle(NTH, alike[0])
        data = self.data(form, way, place.evaluate(FIELDS))
        with page.expect_response(lambda answer: answer.request.method == "POST") as waiting:
            place.evaluate(SEND, [[name, value] for name, values in data.items() for value in values])
        answer = waiting.value
        self.answers.setdefault(form.name, set()).add(answer.status)
        if redirected := answer.headers.get("hx-redirect"):
            page.wait_for_url(f"**{redirected}")
        wait_until(page, lambda: is_answered(page))
        # An answer without a body is shown as an error page of Chromium's own.
        if not page.url.startswith("chrome-error:"):
            self.seen |= set(MARK.findall(judge(page, f"{form.name} {way}", answer.status, self.found)))

    def data(self, form: Form, way: str, fields: list[tuple[str, bool, int]]) -> dict[str, list[str]]:
        """Return what is sent."""
        if way == "refused":
            texts = {name: -1 for name, _takes_any, _room in fields if not OF_FORMSET.search(name)}
            data = form.held
        else:
            typed = self.filled.get(form.name, {})
            if way == "preview":
                typed = {name: value for name, value in typed.items() if name not in SAVE}
            data = sent(form, self.good, typed)
            data |= {name: [value] for name, value in GOOD.items() if name in data}
            taken = data.keys() - STRUCTURED - GOOD.keys()
            texts = {name: room for name, takes_any, room in fields if takes_any and name in taken}
        kept = {name: data[name] for name in data if name != "csrfmiddlewaretoken" and not name.endswith("-DELETE")}
        return kept | {name: [self.text(form, name, room)] for name, room in texts.items()}

    def text(self, form: Form, name: str, room: int) -> str:
        """Return a text for a field, with a mark of its own."""
        mark = f"^{len(self.typed)}^"
        self.typed[mark] = f"{form.name} {name}"
        return mark + hostile(None if room < 0 else room - len(mark), len(self.typed))


def key_of(form: Form) -> Key:
    """Return what makes a form another one."""
    return form.name, tuple(sorted(form.held))


def is_answered(page: Page) -> bool:
    """Tell whether the page shows what was answered; not so while one page gives way to the other."""
    try:
        return not page.evaluate(IS_BUSY)
    except Error:
        return False

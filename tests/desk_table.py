"""Who may do what at the desk: the one table that tests/test_desk_matrix.py holds every address against.

Written from docs/architecture.md and not from the code. A new page gets a line in ADDRESSES (or, for a model, in MODELS):
which ability a GET and a POST need, and what they answer to somebody who has it.
"""

from dataclasses import dataclass

from django.http import HttpResponse

# What an answer is called: a status, or where it leads.
LOGIN, AGAIN, DESK, DOOR, TODAY, ELSEWHERE = "log-in", "log-in again", "desk", "door of the desk", "today", "elsewhere"
Answer = int | str


def answer_of(response: HttpResponse) -> Answer:
    """Return what an answer is called in the tables."""
    if response.status_code != 302:
        return response.status_code
    location = response["Location"]
    if location.startswith("/account/login/"):
        return LOGIN
    # What changes a log-in is asked for once more.
    if location.startswith("/account/reauthenticate/"):
        return AGAIN
    if location.startswith("/admin/login/"):
        return DOOR
    return {"/": TODAY, "/admin/": DESK}.get(location, ELSEWHERE)


STAFF = ("physiotherapist", "manager", "auditor", "technical", "reader", "nobody")
ROLES = ("anonymous", "patient", *STAFF)
_LETTERS = dict(zip("PMATRN", STAFF, strict=True))

# Physiotherapist, clinic Manager, Auditor, Technical person; and two that no clinic has: a Reader with every permission to
# see and none to do, and staff in No group.
ABILITIES = {
    "enter the desk": "PMATRN",
    "see patients": "PTR",
    "look after patients": "PT",
    "read the programme": "PTR",
    "audit": "PMAT",
    "read the log": "MATR",
    "see accounts": "MTR",
    "keep accounts": "MT",
    "keep every account": "T",
    "see roles": "TR",
    "read the clinic": "PMTR",
    "set the clinic": "MT",
    # What patients recorded, what is kept for good, what only a service writes.
    "never": "",
}


def may(role: str, ability: str) -> bool:
    """Tell whether a role has an ability."""
    return role in {_LETTERS[letter] for letter in ABILITIES[ability]}


@dataclass(frozen=True)
class Ask:
    """One way of asking: which ability it needs, and what it answers to those who have it.

    `first` is what is answered to all staff before anybody looks at who they are: a method that is not served.
    """

    ability: str
    answer: Answer = 200
    first: Answer | None = None


@dataclass(frozen=True)
class Address:
    """One page: what a GET and a POST without data need. `door` stands where log-in is the desk's own business."""

    get: Ask
    post: Ask
    anonymous: Answer = LOGIN

    def expected(self, role: str, method: str) -> Answer:
        """Return what a role is answered."""
        if role == "anonymous":
            return self.anonymous
        if role == "patient":
            return DOOR
        ask = self.get if method == "get" else self.post
        if ask.first is not None:
            return ask.first
        return ask.answer if may(role, ask.ability) else 403


NOT_SERVED = Ask("enter the desk", first=405)


def page(ability: str, get: Answer = 200, post: Answer = 405, *, needs: str = "") -> Address:
    """Return a page to read, on which a form may stand that needs another ability."""
    return Address(Ask(ability, get), NOT_SERVED if post == 405 else Ask(needs or ability, post))


def act(ability: str, answer: Answer, *, seen_by: str = "") -> Address:
    """Return an address that only takes a form; with `seen_by`, whoever may not see is refused first."""
    return Address(Ask(seen_by, 405) if seen_by else NOT_SERVED, Ask(ability, answer))


def for_all_staff(get: Answer, post: Answer) -> Address:
    """Return a page of the desk itself; its door leads on to log-in."""
    return Address(Ask("enter the desk", get), Ask("enter the desk", post), anonymous=DOOR)


@dataclass(frozen=True)
class Model:
    """The pages that Django makes for a model: the ability that each needs, and how a form without data is refused."""

    see: str
    add: str = "never"
    change: str = "never"
    refuses: Answer = 200
    # Where a form to change that says nothing is one that can be saved.
    saves: Answer | None = None
    # What the form to add answers without saying where the row belongs.
    adds: Answer | None = None
    # Where a page of ours has taken the place of the list and of the form to add.
    leads: Answer | None = None

    def addresses(self, name: str) -> dict[str, Address]:
        """Return the five pages."""
        return {
            f"admin:{name}_changelist": page(self.see, self.leads or 200, self.leads or 200),
            f"admin:{name}_add": page(
                self.add, self.leads or self.adds or 200, self.leads or self.adds or self.refuses
            ),
            f"admin:{name}_change": page(self.see, 200, self.saves or self.refuses, needs=self.change),
            f"admin:{name}_delete": page("never", 200, 200),
            f"admin:{name}_history": page(self.see, 200, 200),
        }


FACTS = Model("see patients")
MODELS = {
    "accounts_patient": Model("see patients", add="look after patients", change="look after patients"),
    "accounts_clinicsettings": Model(
        "read the clinic", add="set the clinic", change="set the clinic", refuses=422, leads=ELSEWHERE
    ),
    "accounts_datarequest": FACTS,
    "accounts_user": Model("see accounts", add="keep accounts", change="keep accounts", saves=ELSEWHERE),
    "accounts_accesslog": Model("read the log"),
    "auth_group": Model("see roles"),
    "exercises_programme": Model("read the programme", add="look after patients"),
    "exercises_programmeversion": Model("read the programme"),
    # No draft is named, and the one that is there is published.
    "exercises_stage": Model("read the programme", add="look after patients", adds=404),
    "exercises_prescription": Model("see patients", add="look after patients"),
    "progress_exercisesession": FACTS,
    "progress_painrating": FACTS,
    "progress_redflagreport": FACTS,
    "progress_alert": FACTS,
    "progress_stagerequest": FACTS,
    "progress_ruleset": Model("see patients", add="look after patients", refuses=422),
}
ADDRESSES: dict[str, Address] = {
    "admin:index": for_all_staff(200, 200),
    "admin:password_change": for_all_staff(ELSEWHERE, ELSEWHERE),
    "admin:password_change_done": for_all_staff(200, 405),
    # No field is named: tests/test_desk_matrix.py asks for each.
    "admin:autocomplete": for_all_staff(403, 405),
    "admin:jsi18n": for_all_staff(200, 405),
    "admin:auth_user_password_change": page("keep every account", 200, 200),
    "admin:exercises_prescription_end": page("look after patients", 200, 422),
    "admin:exercises_prescription_pause": page("look after patients", 200, 422),
    "admin:exercises_prescription_resume": page("look after patients", 200, 422),
    "admin:exercises_prescription_move_on": page("look after patients", 200, 422),
    "admin:exercises_prescription_step_back": page("look after patients", 200, 422),
    # A published version: there is a draft only once somebody has asked for one.
    "admin:exercises_programmeversion_new": act("look after patients", ELSEWHERE),
    "admin:exercises_programmeversion_preview": page("read the programme"),
    "admin:exercises_programmeversion_preview_stage": page("read the programme"),
    "admin:exercises_programmeversion_publish": page("look after patients", 200, ELSEWHERE),
    "admin:exercises_programmeversion_people": page("read the programme", 200, 422, needs="look after patients"),
    "admin:accounts_datarequest_answer": act("look after patients", 422),
    "admin:progress_alert_seen": act("look after patients", ELSEWHERE),
    "admin:progress_alert_resolve": act("look after patients", 422),
    "admin:progress_redflagreport_clear": act("look after patients", 422),
    "admin:progress_stagerequest_answer": act("look after patients", 422),
    # No alert is named.
    "admin:accounts_patient_alerts_seen": act("look after patients", 404),
    "admin:accounts_patient_audit": page("audit"),
    "admin:accounts_patient_messages": page("see patients", 200, 422, needs="look after patients"),
    "admin:accounts_patient_seen": act("look after patients", 422, seen_by="see patients"),
    "admin:accounts_patient_invitation": page("see patients", 200, 422, needs="look after patients"),
    "admin:accounts_patient_invitation_sheet": act("look after patients", 422, seen_by="see patients"),
    "admin:accounts_patient_invitation_revoke": act("look after patients", ELSEWHERE, seen_by="see patients"),
    "admin:accounts_patient_visit": page("see patients"),
    "admin:accounts_patient_visit_pdf": page("see patients"),
    "admin:accounts_patient_record": page("see patients"),
    "admin:accounts_patient_paper": page("see patients"),
    "admin:accounts_patient_paper_pdf": page("see patients"),
    # Typing needs the id of the sheet.
    "admin:accounts_patient_paper_type": page("look after patients", 200, 422),
    # An old form of an object's address, which leads to the new one, and whatever else begins with admin/.
    "admin:<path:object_id>/": Address(Ask("enter the desk", ELSEWHERE), Ask("enter the desk", ELSEWHERE)),
    "admin:(?P<url>.*)$": for_all_staff(404, 404),
}
for _name, _model in MODELS.items():
    ADDRESSES |= _model.addresses(_name)
# Pages whose answer no ability tells, held apart in tests/test_desk_matrix.py.
SPECIAL = {"admin:login", "admin:logout", "admin:app_list"}

"""What tests/test_mass_assignment.py fills forms in with, so that they write.

A new form of the desk writes there, or says here why it does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.urls import resolve, reverse

from exercises import editing
from exercises import services as exercise_services
from exercises.models import DOSE_FIELDS, Programme, ProgrammeVersion
from tests.cast import NOW, Cast
from tests.desk_table import ADDRESSES, may
from tests.factories import make_patient, make_prescription

PASSWORD = "a password that nobody has guessed"
# Of forms with several buttons the last word; what is left empty in a dose comes from the stage.
SAVE: dict[str, str | None] = {"save": "1", "preview": None}
NO_DOSE: dict[str, str | None] = dict.fromkeys((*DOSE_FIELDS, "depth", "depth_pain_limit"))
DAY: dict[str, str | None] = {"morning_time": "07:15", "evening_time": "18:15"}


def filled(cast: Cast) -> dict[str, dict[str, str | None]]:
    """Return what is typed into fields by the address of the form, or with None left out, where the usual is refused."""
    return {
        "admin:exercises_prescription_add": SAVE | NO_DOSE,
        "admin:exercises_prescription_end": SAVE,
        "admin:exercises_prescription_pause": SAVE | {"from_on": "2026-12-01", "to_on": "2026-12-02"},
        "admin:exercises_prescription_resume": SAVE,
        "admin:exercises_prescription_move_on": SAVE | NO_DOSE,
        "admin:exercises_prescription_step_back": SAVE | NO_DOSE,
        "admin:progress_ruleset_add": SAVE
        | {"fill": None, "hand_back": None, "preset": None, "rep_target": None, "green_max": "1"},
        "admin:accounts_clinicsettings_change": SAVE,
        "admin:accounts_patient_add": {"birth_date": "1990-05-17", "email": "new@example.org"},
        "admin:accounts_user_add": {"password1": PASSWORD, "password2": PASSWORD},
        "admin:accounts_user_changelist": {
            "action": "reset_second_factor",
            "_selected_action": str(cast.physiotherapist.pk),
        },
        "admin:auth_user_password_change": {"password1": PASSWORD, "password2": PASSWORD},
        "admin:exercises_stage_add": {
            **{"number": "9", "key": "another", "reps_min": "5", "reps_max": "15", "reps_target": "10"},
            **{"hold_min_seconds": "3", "hold_max_seconds": "5", "hold_target_seconds": "4"},
        },
        "admin:exercises_stage_change": {"title": "Another title"},
        "admin:exercises_programmeversion_change": {"source_note": "Another note"},
        "accounts:me": DAY,
        "accounts:welcome-day": DAY,
        "accounts:passkey-rename": {"name": "Another name"},
        "progress:later-enter": {"felt_1": "yes"},
        "progress:session-correct": {"effort": "6"},
    }


READS = "reads only: what it is sent is not looked at"
# What is posted to and writes nothing, by address or by how it ends, and why.
WRITES_NOTHING = {
    "admin:index": READS,
    "admin:password_change": "leads to the page of the site",
    "admin:<path:object_id>/": "leads to the address that has taken its place",
    "admin:(?P<url>.*)$": "nothing is there",
    "_history": READS,
    "_delete": "nothing is deleted at the desk",
    "_changelist": "has no action that writes, other than the list of accounts",
    "admin:accounts_clinicsettings_add": "leads to the page of the one row",
}
# Writes although the table of addresses knows it as read only, and which ability it needs: the table asks about what is
# published, and does not choose an action.
WRITES_ALL_THE_SAME = {
    "admin:accounts_user_changelist": "keep accounts",
    "admin:exercises_programmeversion_change": "look after patients",
    "admin:exercises_stage_change": "look after patients",
}


# Of the site, what stands on a page of the cast at that moment and changes something.
WRITTEN_BY_PATIENT = {
    *("accounts:me", "accounts:passkey-remove", "accounts:passkey-rename", "accounts:welcome-day"),
    *("exercises:news-put-away", "privacy:take-back", "privacy:withdraw", "progress:later-enter"),
    *("progress:messages", "progress:messages-read", "progress:morning-answer", "progress:rep"),
    *(
        "progress:rep-take-back",
        "progress:session-correct",
        "progress:session-pain",
        "progress:session-safety",
        "progress:session-stop",
    ),
    *("progress:stage-withdraw", "progress:warning-signs", "progress:warning-signs-name", "progress:weekly-check"),
    *("reminders:calendar-off", "reminders:choices", "reminders:new-calendar", "reminders:push-off"),
    "reminders:push-on",
}


def has_to_write(role: str) -> set[str]:
    """Return the addresses at which a role writes when the form is filled in well; of staff, those of the desk."""
    if role == "patient":
        return WRITTEN_BY_PATIENT
    ends = tuple(end for end in WRITES_NOTHING if end.startswith("_"))
    posted = {
        name
        for name, address in ADDRESSES.items()
        if address.post.first is None and address.post.answer != 405 and may(role, address.post.ability)
    }
    writing = {name for name in posted if name not in WRITES_NOTHING and not name.endswith(ends)}
    return writing | {name for name, ability in WRITES_ALL_THE_SAME.items() if may(role, ability)}


BUTTON = "button:not([type=button]), [type=submit]"


@dataclass(frozen=True)
class Form:
    """Where a form leads, what it holds, and every name that a form has which leads there."""

    to: str
    held: dict[str, list[str]]
    names: set[str]

    @property
    def path(self) -> str:
        """Return where it leads, without what is asked there."""
        return self.to.partition("?")[0]

    @property
    def name(self) -> str:
        """Return how the tables call the address."""
        return resolve(self.path).view_name


def forms_of(page: str, own: str) -> Iterator[Form]:
    """Yield each form of a page that has a button to send it with."""
    whole = BeautifulSoup(page, "html.parser")
    forms = list(whole.select("form[method=post]"))
    for form in forms:
        if not form.select_one(BUTTON) and not whole.select_one(f"button[form='{form.get('id')}']"):
            continue
        to = str(form.get("action") or own)
        names = {
            str(tag["name"]) for other in forms if (other.get("action") or own) == to for tag in other.select("[name]")
        }
        yield Form(to, held_by(form), names)


def held_by(form: Tag) -> dict[str, list[str]]:
    """Return what a browser would send, with the first of what may be chosen chosen, and the first button pressed."""
    held: dict[str, list[str]] = {}
    for tag in form.select("input[name], textarea[name], select[name], button[name]"):
        name, kind = str(tag["name"]), str(tag.get("type", tag.name))
        if tag.name == "select":
            option = tag.select_one("option[selected]:not([value=''])") or tag.select_one(
                "option[value]:not([value=''])"
            )
            held.setdefault(name, [str(option.get("value", ""))] if option else [])
        elif tag.name == "textarea":
            held.setdefault(name, [tag.get_text().strip() or "Typed in"])
        elif kind in ("radio", "checkbox", "submit") or tag.name == "button":
            held.setdefault(name, [str(tag.get("value", "on"))])
        else:
            held.setdefault(name, [str(tag.get("value", ""))])
    return held


def sent(form: Form, good: dict[str, str], typed: dict[str, str | None]) -> dict[str, list[str]]:
    """Return what is sent with a form: what it holds, with something in each empty field, and what is typed."""
    typed = {name: value for name, value in typed.items() if name in (*form.held, *SAVE)}
    data = {name: value if any(value) else [good.get(name, "2")] for name, value in form.held.items()}
    data |= {name: [value] for name, value in typed.items() if value is not None}
    return {name: value for name, value in data.items() if typed.get(name, "") is not None}


def make_pages(cast: Cast) -> list[str]:
    """Make what the cast has none of: a draft, a version to move to, a pause that runs, a stage to step back from.

    Return the pages that tell of it.
    """
    by = cast.physiotherapist
    kneecap = Programme.objects.get(key="kneecap")
    newer = editing.publish(version=editing.new_version(programme=kneecap), by=by, now=NOW)
    draft = editing.new_version(programme=kneecap)
    # A version without a draft after it.
    hip = Programme.objects.create(key="hip", title="Hip")
    alone = ProgrammeVersion.objects.create(programme=hip, number=1, status="published", published_at=NOW)
    higher = make_patient(name="Hanna Higher")
    second = make_prescription(patient=higher, stage_number=2, by=by, now=NOW)
    paused = make_prescription(patient=make_patient(name="Paul Paused"), by=by, now=NOW)
    signed = exercise_services.Signed(decision_id=uuid4(), by=by, now=NOW, today=NOW.date(), why="on holiday")
    exercise_services.pause_prescriptions(prescriptions=[paused], from_on=NOW.date(), to_on=None, signed=signed)
    new_stage = draft.stages.order_by("-number")[0]
    pages: dict[str, list[Any]] = {
        "exercises_prescription_step_back": [second.pk],
        "exercises_prescription_resume": [paused.pk],
        "exercises_programmeversion_change": [draft.pk],
        "exercises_programmeversion_publish": [draft.pk],
        "exercises_programmeversion_people": [newer.pk],
        "exercises_stage_change": [new_stage.pk],
    }
    return [
        *(reverse(f"admin:{name}", args=args) for name, args in pages.items()),
        reverse("admin:exercises_programmeversion_change", args=[alone.pk]),
        f"{reverse('admin:exercises_stage_add')}?version={draft.pk}",
        f"{reverse('admin:exercises_prescription_add')}?patient={cast.patient.pk}",
        f"{reverse('admin:progress_ruleset_add')}?patient={cast.patient.pk}",
        f"{reverse('admin:index')}?who=all",
    ]

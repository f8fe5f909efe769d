"""Who is in the demo clinic, and how each of them gets on. Everybody here is made up."""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

CLINIC = "Harbour Street Physiotherapy"
CLINIC_ZONE = "Europe/London"
CLINIC_PHONE = "020 7946 0123"  # a number that is kept free for fiction
EMERGENCY_NUMBER = "999"
PASSWORD = "knees-and-patience"  # noqa: S105 -- printed on the card, for a clinic that does not exist
ADMIN_EMAIL = "admin@example.org"
GUARDIAN = "Robin Parent"  # agreed for everybody under 18

# A value that changes with time: numbers spread evenly from the first day to the last.
Curve = tuple[float, ...]


@dataclass(frozen=True)
class DemoLogin:
    """One line of the card: who logs in, and what there is to see."""

    role: str
    name: str
    email: str
    password: str
    story: str


class Turn(StrEnum):
    """A sitting that goes another way than usual."""

    RED_FLAG = "red_flag"
    STOPPED_FOR_PAIN = "stopped_for_pain"
    BROKEN_OFF = "broken_off"
    LEFT_OPEN = "left_open"
    EXTRA = "extra"
    ON_PAPER = "on_paper"
    CORRECTED = "corrected"
    NOT_DONE = "not_done"


@dataclass(frozen=True)
class Decision:
    """What the physiotherapist decided on a day: a stage with its repetitions, or that it is mastered."""

    days_ago: int
    stage_number: int
    reps: int = 10
    is_mastered: bool = False
    note: str = ""
    sessions_per_day: int = 2
    # Of a squat: how deep at most, a rung of exercises.models.Depth.
    depth: int | None = None


@dataclass(frozen=True)
class Said:
    """A message on a day, at noon: from the patient, or the physiotherapist's answer."""

    days_ago: int
    text: str
    is_from_patient: bool = True


@dataclass(frozen=True)
class Wish:
    """A request for the next stage, and the answer to it some days later: None waits."""

    days_ago: int
    stage_key: str
    message: str
    declined_days_ago: int | None = None
    answer: str = ""


@dataclass(frozen=True)
class Person:
    """A patient with habits. Chances and pain are curves over the days since the first decision."""

    name: str
    email: str
    story: str
    age: int
    side: str
    decisions: tuple[Decision, ...]
    time_zone: str = CLINIC_ZONE
    has_found_vmo: bool = True
    morning: time = time(7, 30)
    evening: time = time(19, 0)
    jitter_minutes: int = 40
    method: str = "guided"
    comes: Curve = (1,)
    pain: Curve = (0,)
    pain_rise: Curve = (0,)
    shaky_days: Curve = (0,)
    feels_it: Curve = (1,)
    # The next morning, beside the usual pain; swelling 0 none, 1 some, 2 a lot; change since the start, -3 to 3.
    morning_after: Curve = (0,)
    swelling: Curve = (0,)
    change: Curve = (0,)
    # One's own limits instead of the clinic's, from the first decision on.
    preset: str = ""
    # Days ago on which the physiotherapist looked at the alerts about pain and closed them.
    looked_at: tuple[int, ...] = ()
    said: tuple[Said, ...] = ()
    wishes: tuple[Wish, ...] = ()
    # (days ago, sitting of that day) to what happens then; an extra sitting is the third one.
    turns: dict[tuple[int, str], Turn] = field(default_factory=dict)


PEOPLE = (
    Person(
        name="Mia Santos",
        email="mia@example.org",
        story="new today, has not found the muscle yet",
        age=29,
        side="left",
        has_found_vmo=False,
        decisions=(Decision(0, 1, note="Take your time with finding the muscle. Ten gentle squeezes are enough."),),
    ),
    Person(
        name="Leo Marsh",
        email="leo@example.org",
        story="two weeks into stage 1, both knees, lives in New York",
        age=16,
        side="both",
        time_zone="America/New_York",
        decisions=(Decision(13, 1, note="Keep two fingers on the muscle for the first few."),),
        morning=time(6, 50),
        evening=time(22, 30),
        jitter_minutes=75,
        comes=(0.75, 0.85, 0.9),
        pain=(4.4, 4, 3.4, 2.6),
        pain_rise=(1.2, 0.6),
        shaky_days=(0.8, 0.4, 0.2),
        feels_it=(0.2, 0.6, 0.9),
        morning_after=(0.4, 0),
        change=(0, 1),
        preset="lenient",
        said=(
            Said(8, "The ball keeps slipping. Is a rolled towel all right?"),
            Said(7, "A towel is fine, as long as you can squeeze it softly.", is_from_patient=False),
        ),
        wishes=(
            Wish(
                6,
                "vmo-2",
                "It feels easy now.",
                declined_days_ago=5,
                answer="Good to hear. One more calm week first: the mornings still go up and down.",
            ),
        ),
        turns={
            (9, "evening"): Turn.LEFT_OPEN,
            (6, "evening"): Turn.BROKEN_OFF,
            (4, "morning"): Turn.NOT_DONE,
            (3, "extra"): Turn.EXTRA,
        },
    ),
    Person(
        name="Grace Okafor",
        email="grace@example.org",
        story="nearly ready for stage 3: stage 1 mastered, stage 2 going well, little pain",
        age=34,
        side="right",
        decisions=(
            Decision(42, 1),
            Decision(28, 2, note="The knee stays on the pillow, only the foot comes up."),
            Decision(21, 1, is_mastered=True),
            Decision(14, 2, reps=12, note="Going well: twelve now."),
        ),
        morning=time(6, 40),
        evening=time(18, 45),
        jitter_minutes=30,
        comes=(0.85, 0.93, 0.97, 1),
        pain=(5, 4, 3, 2, 1.2, 0.8),
        pain_rise=(1.2, 0.8, 0.2, 0),
        shaky_days=(0.5, 0.2, 0.1, 0),
        feels_it=(0.4, 0.9, 1),
        morning_after=(0.3, 0, -0.4),
        change=(0, 1, 2, 2),
        said=(Said(2, "Stairs are fine now, even with shopping."),),
        wishes=(Wish(1, "vmo-3", "Two weeks without trouble. May I try the wall?"),),
        turns={
            (33, "evening"): Turn.BROKEN_OFF,
            (24, "extra"): Turn.EXTRA,
            (11, "extra"): Turn.EXTRA,
            (5, "evening"): Turn.ON_PAPER,
            (4, "morning"): Turn.CORRECTED,
        },
    ),
    Person(
        name="Walter Brandt",
        email="walter@example.org",
        story="got worse: pain is rising, sessions are missed, one was stopped, then a warning sign",
        age=66,
        side="left",
        decisions=(Decision(42, 1), Decision(21, 1, reps=12, note="A little more, as long as the knee stays calm.")),
        morning=time(8, 45),
        evening=time(17, 15),
        method="tap",
        comes=(0.97, 0.95, 0.9, 0.85, 0.55, 0.4),
        pain=(3, 2.6, 2.4, 3, 4.6, 6.4),
        pain_rise=(0.6, 0.6, 0.8, 1.2, 2),
        shaky_days=(0.1, 0.15, 0.3, 0.9),
        feels_it=(0.9, 0.8, 0.4),
        morning_after=(0, 0, 0.3, 0.8, 2, 2.6),
        swelling=(0, 0, 0, 0.4, 1.2, 1.8),
        change=(0, 1, 1, 0, -2),
        said=(
            Said(20, "Twelve are harder than ten, but it is all right."),
            Said(19, "Thank you. Go back to ten whenever the knee asks for it.", is_from_patient=False),
            Said(4, "It swells up in the evening now."),
        ),
        turns={
            (12, "evening"): Turn.BROKEN_OFF,
            (7, "morning"): Turn.NOT_DONE,
            (6, "evening"): Turn.NOT_DONE,
            (5, "morning"): Turn.NOT_DONE,
            (3, "evening"): Turn.STOPPED_FOR_PAIN,
            (2, "morning"): Turn.NOT_DONE,
            (2, "evening"): Turn.NOT_DONE,
            (1, "morning"): Turn.NOT_DONE,
            (1, "evening"): Turn.RED_FLAG,
            (0, "morning"): Turn.NOT_DONE,
            (0, "evening"): Turn.NOT_DONE,
        },
    ),
)

PHYSIOTHERAPIST = DemoLogin(
    "physiotherapist", "Petra Hale", "petra@example.org", PASSWORD, "leads all four patients, works in the admin"
)
MANAGER = DemoLogin(
    "clinic manager", "Morgan Lane", "morgan@example.org", PASSWORD, "accounts of staff, clinic settings, who saw what"
)
AUDITOR = DemoLogin("auditor", "Ada Reeve", "ada@example.org", PASSWORD, "reads who saw and did what, changes nothing")
LOGINS = (
    PHYSIOTHERAPIST,
    MANAGER,
    AUDITOR,
    *(DemoLogin("patient", person.name, person.email, PASSWORD, person.story) for person in PEOPLE),
)


def at_point(curve: Curve, point: float) -> float:
    """Return the value of a curve at a point between 0, the first day, and 1, the last."""
    place = min(max(point, 0), 1) * (len(curve) - 1)
    left = int(place)
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (curve[right] - curve[left]) * (place - left)

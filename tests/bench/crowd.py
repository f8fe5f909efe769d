"""The people of a big clinic: seeded habits, two years of history for some and six weeks for the rest."""

from collections.abc import Iterator
from datetime import time
from random import Random

from kneecoach.demo.people import Decision, Person, Said, Turn, Wish

WEEKS, YEARS = 42, 728
FIRST_NAMES = ("Ada", "Ben", "Cleo", "Dov", "Elif", "Finn", "Gwen", "Hugo", "Iris", "Jo", "Kit", "Lena", "Milo", "Noor")
LAST_NAMES = (
    "Abel",
    "Brook",
    "Costa",
    "Dahl",
    "Evans",
    "Frey",
    "Gray",
    "Hill",
    "Iqbal",
    "Jung",
    "Kaya",
    "Lund",
    "Moss",
)
NOTES = ("It clicks on the stairs.", "Is a pillow all right?", "The ball keeps slipping.", "Cycling is fine again.")


def crowd(*, long: int, short: int, seed: str = "a big clinic") -> Iterator[Person]:
    """Return people, those with two years first; every seed another clinic."""
    rng = Random(seed)  # noqa: S311 -- the same clinic every time is the point
    for number in range(long + short):
        yield _person(number, YEARS if number < long else rng.randint(WEEKS - 14, WEEKS), rng)


def _person(number: int, days: int, rng: Random) -> Person:
    comes = rng.uniform(0.55, 1)
    hurts = rng.choice((1.0, 1.5, 2.0, 2.5, 3.5))
    # Some hear nothing of each other for days, some are asked to look at, most are well.
    is_gone, is_worse = rng.random() < 0.06, rng.random() < 0.08
    return Person(
        name=f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)} {number}",
        email=f"person{number}@example.org",
        story="",
        age=rng.randint(14, 74),
        side=rng.choice(("left", "left", "right", "right", "both")),
        decisions=tuple(_decisions(days, rng)),
        morning=time(rng.randint(6, 9), rng.randrange(60)),
        evening=time(rng.randint(17, 21), rng.randrange(60)),
        method=rng.choice(("guided", "guided", "audio", "tap")),
        comes=(comes, comes, comes, 0) if is_gone and days <= WEEKS else (comes,),
        pain=(hurts + 1, hurts, hurts, hurts + (3 if is_worse else -0.5)),
        pain_rise=(0.8, 0.4),
        shaky_days=(rng.uniform(0, 0.4),),
        feels_it=(0.6, 0.9),
        morning_after=(0, 1 if is_worse else 0),
        change=(0, -1 if is_worse else 2),
        looked_at=tuple(range(days - 10, 10, -28)),
        said=tuple(_said(days, rng)),
        wishes=tuple(_wishes(days, rng)),
        turns={(rng.randint(0, 9), "evening"): Turn.RED_FLAG} if rng.random() < 0.02 else {},
    )


def _decisions(days: int, rng: Random) -> Iterator[Decision]:
    """Return the stages: weeks on the first, on the second, then the squat, one rung deeper every other month."""
    a_day = rng.choice((1, 2, 2))
    yield Decision(days, 1, sessions_per_day=a_day)
    if days > WEEKS:
        yield Decision(days - 90, 2, sessions_per_day=a_day)
        yield Decision(days - 90, 1, is_mastered=True)
        yield Decision(days - 210, 3, sessions_per_day=a_day, depth=0)
        yield Decision(days - 210, 2, is_mastered=True)
        for rung, days_ago in enumerate(range(days - 280, 30, -60), start=1):
            yield Decision(days_ago, 3, reps=10 + rung % 2, sessions_per_day=a_day, depth=min(rung, 4))
    elif rng.random() < 0.5:
        yield Decision(days - 20, 2, sessions_per_day=a_day)
        yield Decision(days - 20, 1, is_mastered=True)


def _said(days: int, rng: Random) -> Iterator[Said]:
    for days_ago in range(days - 3, 4, -21):
        yield Said(days_ago, rng.choice(NOTES))
        yield Said(days_ago - 1, "Thank you, go on like that.", is_from_patient=False)
    if rng.random() < 0.1:
        yield Said(1, rng.choice(NOTES))


def _wishes(days: int, rng: Random) -> Iterator[Wish]:
    # Early, while everybody is on stage 1; some wait for an answer still.
    if days <= WEEKS and rng.random() < 0.08:
        declined = (days - 13, "One more week first.") if rng.random() < 0.5 else (None, "")
        yield Wish(days - 12, "vmo-2", "It feels easy.", declined_days_ago=declined[0], answer=declined[1])

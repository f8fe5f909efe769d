"""What was done of what was due, over the last days or over a month that is past."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from progress.facts import Span
from progress.models import ExerciseSession, ExerciseSet, Slot
from progress.rules.adherence import Adherence, HeldSet, adherence
from progress.rules.pain import ONE_DAY
from progress.rules.slots import DayView

LAST_DAYS = (7, 28)


@dataclass(frozen=True)
class Window:
    """The four numbers of some days: of the last `days`, or of a whole month where that is None.

    `is_longer` says that the days in a row reach back beyond the days that were looked at.
    """

    days: int | None
    adherence: Adherence
    is_longer: bool = False


def windows(views: Sequence[DayView], span: Span, today: date) -> tuple[Window, ...]:
    """Return the numbers of the last 7 and 28 days; `views` end today and are at least as many as that."""
    streak = adherence(views, (), today=today).streak_days
    is_longer = _reaches_back(views, span, today)
    found = []
    for count in LAST_DAYS:
        days = [view for view in views if 0 <= (today - view.day).days < count]
        numbers = adherence(days, held_sets(span, days[0].day, today), today=today)
        found.append(Window(count, replace(numbers, streak_days=streak), is_longer=is_longer))
    return tuple(found)


def window_of_month(views: Sequence[DayView], span: Span) -> Window:
    """Return the numbers of a month that is over; its days in a row are those it ended with."""
    first, last = views[0].day, views[-1].day
    # Seen from the day after, its last day is decided like all the others.
    after = last + ONE_DAY
    numbers = adherence(views, held_sets(span, first, last), today=after)
    return Window(None, numbers, is_longer=_reaches_back(views, span, after))


def held_sets(span: Span, first: date, last: date) -> list[HeldSet]:
    """Return the sets of the planned sessions that were done, loaded `with_each_hold`.

    Not of extra sessions, of one that still runs, or of one in which no repetition was recorded.
    """
    running = {fact.id for fact in span.session_facts if fact.is_open}
    return [
        HeldSet(row.reps_min, row.reps_done, row.hold_target_ms, tuple(row.each_hold_ms))  # type: ignore[attr-defined]
        for session in span.sessions
        if first <= session.local_date <= last and session.slot != Slot.EXTRA and session.pk not in running
        for row in _sets_done(session)
    ]


def _sets_done(session: ExerciseSession) -> Iterable[ExerciseSet]:
    rows = list(session.sets.all())
    return rows if any(row.reps_recorded for row in rows) else ()  # type: ignore[attr-defined]


def _reaches_back(views: Sequence[DayView], span: Span, today: date) -> bool:
    """Tell whether there is no break before today, and something was due before the first of these days."""
    before = adherence([view for view in views if view.day < today], (), today=today).sessions
    is_older = any(fact.starts_on < views[0].day for fact in span.prescription_facts)
    return is_older and 0 < before.of == before.done

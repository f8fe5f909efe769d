"""A month as its templates show it, to the patient and at the desk: calendar, pain, holds and squats ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from exercises.models import Depth
from progress.charts import DayHolds, depth_chart, holds_chart, pain_chart
from progress.charts.pain import JOINED, SHAPES
from progress.models import PainRating
from progress.months.marks import weeks
from progress.months.record import MonthRecord
from progress.rules.limits import PainLimits

# Any week will do: only the names of its days are shown.
WEEK_DAYS = [date(2026, 11, 2) + timedelta(days=offset) for offset in range(7)]


@dataclass(frozen=True)
class PainSign:
    """A mark of the pain chart and what it stands for; a week has no shape, but a bar."""

    moment: str
    label: str
    shape: str | None
    is_joined: bool


def month_context(record: MonthRecord, limits: PainLimits | None) -> dict[str, object]:
    """Return what templates/progress/overview/ show of a month; no bands of pain without limits. No query."""
    days, holds = record.month.days, [row.holds for row in record.work]
    rungs = {rung.value: str(rung.label) for rung in Depth}
    return {
        "record": record,
        "month": record.month,
        "week_days": WEEK_DAYS,
        "weeks": weeks(record.days),
        "knees": [(knee, pain_chart(knee.readings, days, limits)) for knee in record.knees if knee.readings],
        "pain_signs": _pain_signs(record),
        "holds": holds_chart(holds, days) if any(row.all for row in holds) else None,
        "total": _total(holds),
        "depth": depth_chart(record.depths, days, rungs) if record.depths else None,
        "depths": [(row, _rung(row.done), _rung(row.prescribed)) for row in record.depths[::-1]],
    }


def _pain_signs(record: MonthRecord) -> list[PainSign]:
    """Return the marks that occur, in the order of the moments."""
    occurring = {moment for knee in record.knees for moment in knee.moments}
    return [
        PainSign(moment.value, str(moment.label), SHAPES.get(moment), is_joined=moment in JOINED)
        for moment in PainRating.Moment
        if moment in occurring
    ]


def _total(holds: Sequence[DayHolds]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in holds) for name in ("timed", "kept", "untimed")}


def _rung(depth: int | None) -> str:
    """Return the name of a rung, nothing for one that nobody said."""
    return "" if depth is None else str(Depth(depth).label)

"""What is on record of one month of a patient: the marks of its days, pain, holds, depth, and what was done of it all."""

from progress.months.done import Window
from progress.months.marks import DayMarks, Mark, weeks
from progress.months.pain import KneePain, PainCell, PainRow, PainTable
from progress.months.record import MonthRecord, load_month
from progress.months.shown import month_context

__all__ = [
    "DayMarks",
    "KneePain",
    "Mark",
    "MonthRecord",
    "PainCell",
    "PainRow",
    "PainTable",
    "Window",
    "load_month",
    "month_context",
    "weeks",
]

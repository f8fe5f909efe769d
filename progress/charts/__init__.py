"""Charts as plain numbers for SVG templates, one file a chart. No Django, no queries: values in, positions out.

Gaps are gaps, a zero is drawn as zero, and what was prescribed is another mark than what was done.
"""

from progress.charts.depth import DepthChart, DepthReading, depth_chart
from progress.charts.holds import DayHolds, HoldsChart, holds_chart
from progress.charts.line import PainLine, pain_line
from progress.charts.pain import PainChart, Reading, pain_chart
from progress.charts.paper import Tick
from progress.charts.reps import RepBar, RepsChart, reps_chart

__all__ = [
    "DayHolds",
    "DepthChart",
    "DepthReading",
    "HoldsChart",
    "PainChart",
    "PainLine",
    "Reading",
    "RepBar",
    "RepsChart",
    "Tick",
    "depth_chart",
    "holds_chart",
    "pain_chart",
    "pain_line",
    "reps_chart",
]

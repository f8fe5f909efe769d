"""Days of travel: readiness leaves them out, and they keep the slots that were expected (docs/rules.md, Days and slots)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from progress.rules.days import local_moment


@dataclass(frozen=True)
class ZonedSession:
    """Where a session took place: its day and IANA zone as they were frozen, and the instant it started (aware)."""

    local_date: date
    zone: str
    started_at: datetime


def travel_days(sessions: Iterable[ZonedSession]) -> frozenset[date]:
    """Return the days of sessions in another zone than the session before, where its clock shows another time.

    The change between summer and winter time is no travel, nor is a neighbouring zone with the same clock.
    """
    in_order = sorted(sessions, key=lambda row: row.started_at)
    return frozenset(row.local_date for before, row in pairwise(in_order) if _has_moved(before.zone, row))


def _has_moved(zone: str, session: ZonedSession) -> bool:
    here, there = (local_moment(session.started_at, name) for name in (session.zone, zone))
    return here.utc_offset_minutes != there.utc_offset_minutes

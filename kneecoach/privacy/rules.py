"""What is stored of whom and how long: retention.toml as values. Plain Python, no Django."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("retention.toml")
ROLES = ("app", "owner")


class Kind(StrEnum):
    """What a column holds."""

    PERSONAL = "personal"
    HEALTH = "health"
    TEXTS = "texts"
    TECHNICAL = "technical"


class OnErasure(StrEnum):
    """What happens to a row when its patient is erased."""

    DELETE = "delete"
    PSEUDONYMISE = "pseudonymise"
    NONE = "none"


class BadPlan(Exception):
    """The file says something that has no meaning."""


@dataclass(frozen=True)
class Period:
    """How long. Without days nothing is deleted by itself."""

    key: str
    words: str
    days: int | None = None

    def ended_before(self, now: datetime) -> datetime | None:
        """Return the instant up to which rows that ended then are over now; None where none ever is."""
        return None if self.days is None else now - timedelta(days=self.days)


@dataclass(frozen=True)
class TableRule:
    """What holds for one table."""

    name: str
    has_model: bool
    holds: str
    why: str
    seen_by: tuple[str, ...]
    kept: Period
    erased: OnErasure
    columns: dict[str, Kind]
    patient: str = ""
    history_erased: OnErasure | None = None
    ends: str = ""
    deleted_by: str = ""
    unless: str = ""
    exported: str = ""
    not_exported: str = ""
    columns_not_exported: dict[str, str] = field(default_factory=dict)

    def named(self, kind: Kind) -> tuple[str, ...]:
        """Return the columns of one kind."""
        return tuple(name for name, value in self.columns.items() if value == kind)


@dataclass(frozen=True)
class Plan:
    """The whole file."""

    why: dict[str, str]
    who: dict[str, str]
    history: dict[str, Kind]
    tables: tuple[TableRule, ...]

    def of(self, name: str) -> TableRule:
        """Return the rule of a table. Raises KeyError where there is none."""
        return {rule.name: rule for rule in self.tables}[name]


@cache
def load_plan() -> Plan:
    """Return what the file says. Raises BadPlan."""
    return parse_plan(FILE.read_text(encoding="utf-8"))


def parse_plan(text: str) -> Plan:
    """Return what a text says. Raises BadPlan where a word in it has no meaning, or a column stands twice."""
    said = tomllib.loads(text)
    periods = {key: Period(key, **values) for key, values in said["periods"].items()}
    tables = tuple(_table(row, periods) for row in said["tables"])
    plan = Plan(said["why"], said["who"], _columns("history", said["history"]), tables)
    names = [rule.name for rule in tables]
    _refuse(f"{name} stands twice" for name in sorted({name for name in names if names.count(name) > 1}))
    for rule in tables:
        _refuse(_faults(rule, plan))
    return plan


def _table(row: dict[str, Any], periods: dict[str, Period]) -> TableRule:
    name = row.get("model") or row["table"]
    try:
        return TableRule(
            name=name,
            has_model="model" in row,
            columns=_columns(name, row),
            kept=periods[row["kept"]],
            erased=OnErasure(row["erased"]),
            history_erased=OnErasure(row["history_erased"]) if "history_erased" in row else None,
            seen_by=tuple(row["seen_by"]),
            **{
                key: row[key]
                for key in (
                    "holds",
                    "why",
                    "patient",
                    "ends",
                    "deleted_by",
                    "unless",
                    "exported",
                    "not_exported",
                    "columns_not_exported",
                )
                if key in row
            },
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BadPlan(f"{name}: {error}") from error


def _columns(name: str, row: dict[str, Any]) -> dict[str, Kind]:
    listed = [(column, kind) for kind in Kind for column in row.get(kind.value, ())]
    columns = dict(listed)
    if len(columns) != len(listed):
        raise BadPlan(f"{name}: a column stands twice")
    return columns


def _faults(rule: TableRule, plan: Plan) -> list[str]:
    """Return what has no meaning in a rule."""
    faults = []
    if rule.why not in plan.why:
        faults.append(f"why {rule.why} is not explained")
    faults += [f"{name} is nobody of [who]" for name in rule.seen_by if name not in plan.who]
    if bool(rule.ends) != bool(rule.deleted_by) or bool(rule.ends) != (rule.kept.days is not None):
        faults.append("days, ends and deleted_by go together")
    if rule.deleted_by and rule.deleted_by not in ROLES:
        faults.append(f"deleted_by is one of {', '.join(ROLES)}")
    if rule.exported and rule.not_exported:
        faults.append("exported and not_exported exclude each other")
    if rule.patient and not (rule.exported or rule.not_exported):
        faults.append("of a patient, but neither exported nor left out with a reason")
    known = {*rule.columns}
    faults += [
        f"{name} is no column of it"
        for name in (rule.ends, rule.unless, *rule.columns_not_exported)
        if name not in {"", *known}
    ]
    return [f"{rule.name}: {fault}" for fault in faults]


def _refuse(faults: Any) -> None:
    found = list(faults)
    if found:
        raise BadPlan("; ".join(found))

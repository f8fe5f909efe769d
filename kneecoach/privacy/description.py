"""The retention file in words, as docs/privacy.md shows it. English: it is read with the code."""

from django.apps import apps
from django.utils import translation
from django.utils.text import capfirst

from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import Kind, OnErasure, Plan, TableRule, load_plan

START, END = "<!-- made by: manage.py describe_stored_data -->", "<!-- until here -->"
ERASED = {
    OnErasure.DELETE: "deleted",
    OnErasure.PSEUDONYMISE: "kept under a random id, without texts",
    OnErasure.NONE: "not touched",
}
KINDS = {
    Kind.PERSONAL: "who somebody is",
    Kind.HEALTH: "how they are and what they did",
    Kind.TEXTS: "what people write",
    Kind.TECHNICAL: "technical",
}


def describe(plan: Plan | None = None) -> str:
    """Return the part of docs/privacy.md that is made of the file."""
    plan = plan or load_plan()
    with translation.override("en-gb"):
        how_long = {rule.kept.key: rule.kept.words for rule in plan.tables}
        words = [("What for", plan.why), ("Who sees it", plan.who), ("How long", how_long)]
        parts = [START, *(_words(*said) for said in words), _overview(plan), *_details(plan)]
    return "\n\n".join([*parts, END])


def with_description(text: str) -> str:
    """Return a document with the part between the two marks made anew. Raises ValueError where they are missing."""
    before, _start, rest = text.partition(START)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{START} and {END} have to stand in it")
    return f"{before}{describe()}{after}"


def _words(title: str, words: dict[str, str]) -> str:
    return "\n".join([f"**{title}**", "", *(f"- *{key}*: {text}" for key, text in words.items())])


def _overview(plan: Plan) -> str:
    rows = ["| what | for | seen by | kept | when a patient is erased |", "|---|---|---|---|---|"]
    rows += [
        f"| {_name(rule)}: {rule.holds} | {rule.why} | {', '.join(rule.seen_by)} | {rule.kept.key} | {_erased(rule)} |"
        for rule in plan.tables
    ]
    return "\n".join(rows)


def _erased(rule: TableRule) -> str:
    words = ERASED[rule.erased]
    if rule.history_erased and rule.history_erased != rule.erased:
        words += f"; its history: {ERASED[rule.history_erased]}"
    return words


def _details(plan: Plan) -> list[str]:
    details = ["### Column by column"]
    for rule in plan.tables:
        lines = [f"**{_name(rule)}** (`{_table(rule)}`)", ""]
        lines += [f"- {KINDS[kind]}: {', '.join(rule.named(kind))}" for kind in Kind if rule.named(kind)]
        lines.append(f"- in the export: {_exported(rule)}")
        if rule.has_model and history_of(model_of(rule)):
            lines.append("- with a change history of the same columns")
        details.append("\n".join(lines))
    return details


def _exported(rule: TableRule) -> str:
    if not rule.exported:
        return f"no; {rule.not_exported or 'it is about no patient'}"
    left_out = "; ".join(f"without {name}: {why}" for name, why in rule.columns_not_exported.items())
    return f"`{rule.exported}`" + (f"; {left_out}" if left_out else "")


def _name(rule: TableRule) -> str:
    return str(capfirst(apps.get_model(rule.name)._meta.verbose_name)) if rule.has_model else "Cache"


def _table(rule: TableRule) -> str:
    return apps.get_model(rule.name)._meta.db_table if rule.has_model else rule.name

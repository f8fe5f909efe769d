"""Finding the guards in the source, and the source without one of them: what `make mutants-guards` takes out.

Two sets of kinds. At the desk: an override of has_*_permission, an `if ...: raise PermissionDenied`, a has_perm(), a question
like may_audit(), FactsOnly, LogsReads, a line for the access log, what serves one method only. On the site: every `if` that
refuses, rate limits, and whose rows are loaded: each `.of(patient)` and each `patient=` or `user=` in a look-up. What stands
in front of a view there (log-in, methods, consent) is taken out by tests/test_site_matrix_notices.py, while the site runs.
Guards of other kinds stand in tools/guards_named.py.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("kneecoach", "exercises", "progress")
# What no visitor reaches: commands of the host and the demo. Erasing runs under another role, and has tests of its own.
NOT_ON_THE_SITE = ("migrations", "management", "demo", "hosting", "privacy/services")
QUESTIONS = re.compile(r"^(may_\w+|is_technical)$")
LOGS = {"log_read", "log_reads", "_log"}
ONE_METHOD = {"require_POST", "require_GET", "require_safe", "require_http_methods"}
REFUSALS = {"PermissionDenied", "Http404", "DoesNotExist", "InvitationClosed"}
LOOK_UPS = {"filter", "get", "get_object_or_404"}
WHOSE = re.compile(r"(^|__)(patient|user)$")
# Where it stands, the node, what it is called, and what comes in its place.
Removal = tuple[str, ast.AST, str, str]
Finder = Callable[[ast.AST, str], Iterator[Removal]]


@dataclass(frozen=True)
class Mutant:
    """One guard that is taken out. `name` says which, and stays the same when lines move.

    `tests` are asked in the place of the matrices, where they are known to look at it.
    """

    path: str
    name: str
    source: str
    tests: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


def desk_files() -> list[Path]:
    """Return the modules that the desk is made of."""
    return [path for path in _files() if is_of_the_desk(str(path.relative_to(ROOT)))]


def site_files() -> list[Path]:
    """Return the modules that the site of patients and the pages about log-ins are made of."""
    of_nobody = [f"/{part}/" for part in NOT_ON_THE_SITE]
    return [
        path
        for path in _files()
        if not is_of_the_desk(str(path.relative_to(ROOT))) and not any(part in str(path) for part in of_nobody)
    ]


def is_of_the_desk(path: str) -> bool:
    """Tell whether a module belongs to the desk."""
    return "admin" in path or "/desk/" in path


def _files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def mutants_of(path: str, source: str, finder: "Finder | None" = None) -> Iterator[Mutant]:
    """Yield a module with one guard less, for each that it has."""
    find = finder or (desk_guards if is_of_the_desk(path) else site_guards)
    counts: dict[str, int] = {}
    for place, node, called, text in removals(ast.parse(source), find):
        name = f"{place} {called}".strip()
        counts[name] = counts.get(name, 0) + 1
        suffix = f" ({counts[name]})" if counts[name] > 1 else ""
        yield Mutant(path, f"{name}{suffix}", replaced(source, node, text))


def removals(tree: ast.AST, find: Finder, place: str = "") -> Iterator[Removal]:
    """Yield every guard below a node."""
    for node in ast.iter_child_nodes(tree):
        here = f"{place}.{node.name}".strip(".") if isinstance(node, ast.ClassDef | ast.FunctionDef) else place
        yield from find(node, here)
        yield from removals(node, find, here)


def desk_guards(node: ast.AST, here: str) -> Iterator[Removal]:
    """Yield the guards of the desk that a node is."""
    yield from one_method(node, here)
    if isinstance(node, ast.FunctionDef) and re.fullmatch(r"has_\w+_permission", node.name):
        yield here, node, "override", "pass"
    if isinstance(node, ast.ClassDef):
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in {"FactsOnly", "LogsReads"} and len(node.bases) > 1:
                yield here, base, base.id, f"{base.id}.__base__" if base is node.bases[-1] else "*()"
    if isinstance(node, ast.If) and "PermissionDenied" in refusals(node):
        yield here, node.test, "PermissionDenied", "False"
    if isinstance(node, ast.Call):
        called = name_of(node.func)
        if called in {"has_perm", "has_perms"} or QUESTIONS.match(called):
            yield here, node, f"{called}()", "True"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and name_of(node.value.func) in LOGS:
        yield here, node, f"{name_of(node.value.func)}()", "pass"


def site_guards(node: ast.AST, here: str) -> Iterator[Removal]:
    """Yield the guards of the site that a node is."""
    if isinstance(node, ast.If):
        if refused := sorted(refusals(node) & REFUSALS):
            yield here, node.test, refused[0], "False"
        if name_of(node.test) == "limited" or "ratelimit.consume" in ast.unparse(node.test):
            yield here, node.test, "rate limit", "False"
    if not isinstance(node, ast.Call):
        return
    if name_of(node.func) == "recently_proven":
        yield here, node, f"recently_proven {ast.unparse(node.args[0])}", ast.unparse(node.args[0])
    if isinstance(node.func, ast.Attribute) and node.func.attr == "of" and name_of(node.func.value) == "objects":
        rows = ast.unparse(node.func.value)
        yield here, node, f"{rows}.of()", f"{rows}.all()"
    if name_of(node.func) in LOOK_UPS:
        for keyword in node.keywords:
            if WHOSE.search(keyword.arg or "") and not isinstance(keyword.value, ast.Constant):
                yield here, keyword, f"{keyword.arg}=", "**{}"


def one_method(node: ast.AST, here: str) -> Iterator[Removal]:
    """Yield what lets a view serve one method, or two, only."""
    for decorator in getattr(node, "decorator_list", ()):
        if ONE_METHOD & names_in(decorator):
            yield here, decorator, "one method", "(lambda served: served)"
    arguments = node.args if isinstance(node, ast.Call) and name_of(node.func) in ONE_METHOD else []
    if [type(argument) for argument in arguments] == [ast.Attribute]:
        served = ast.unparse(arguments[0])
        yield here, node, f"{served} one method", f"({served})"


def refusals(node: ast.If) -> set[str]:
    """Return with what the first branch of a condition refuses somebody."""
    return {name for row in node.body if isinstance(row, ast.Raise) and row.exc for name in names_in(row.exc)}


def names_in(node: ast.AST) -> set[str]:
    """Return every name in an expression, those behind a dot too."""
    return {name_of(found) for found in ast.walk(node)} - {""}


def name_of(node: ast.AST) -> str:
    """Return how something is called, without what stands before the last dot; empty for what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def replaced(source: str, node: ast.AST, text: str) -> str:
    """Return a source with one node replaced; the decorators of a function go with it."""
    lines = source.splitlines(keepends=True)
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])  # type: ignore[attr-defined]
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
    begin = node.col_offset  # type: ignore[attr-defined]
    head = lines[first - 1].encode()[:begin].decode()
    tail = lines[last - 1].encode()[end:].decode()
    return "".join(lines[: first - 1]) + head + text + tail + "".join(lines[last:])

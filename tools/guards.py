"""Take the guards of the desk out one by one and see whether the matrix notices: `make mutants-guards`.

A guard is what keeps somebody from something at the desk, or writes down that somebody looked: an override of
has_*_permission, an `if ...: raise PermissionDenied`, a has_perm(), a question like may_audit(), FactsOnly, LogsReads, a line
for the access log, and what serves one method only. Each is removed in a copy of the tree, and tests/test_desk_matrix.py and
tests/test_desk_lists.py are run there: first with the addresses that need the module, then, while nothing is red, all of it.
A removal that no test notices ends the command with its name, unless docs/mutants.md gives the reason.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from kneecoach.devdb import start_embedded

ROOT = Path(__file__).resolve().parent.parent
REASONS = ROOT / "docs" / "mutants.md"
PACKAGES = ("kneecoach", "exercises", "progress")
COPIED = (*PACKAGES, "templates", "static", "tests", "tools", "docs", "manage.py", "pyproject.toml")
MATRIX, LISTS = "tests/test_desk_matrix.py", "tests/test_desk_lists.py"
QUESTIONS = re.compile(r"^(may_\w+|is_technical)$")
LOGS = {"log_read", "log_reads", "_log"}
ONE_METHOD = {"require_POST", "require_GET", "require_safe", "require_http_methods"}
REASON = re.compile(r"^\| `([\w./]+:\S+ [^`]+)`", re.MULTILINE)
# Plugins whose import would take as long as many a test.
NOT_NEEDED = ("cacheprovider", "logging", "hypothesispytest", "xdist", "pytest_cov")
# What pytest says of a test that is red. Whatever else goes wrong shows nothing about a guard.
RED = re.compile(r"^FAILED \S+::(.+)$", re.MULTILINE)
# A page that never ends is noticed too; a busy machine is no such page.
SECONDS = 1800


@dataclass(frozen=True)
class Mutant:
    """One guard that is taken out. `name` says which, and stays the same when lines move."""

    path: str
    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


def main(patterns: list[str]) -> None:
    """Run all, or those whose names hold one of the patterns, and end with those that nobody has noticed."""
    found = [mutant for mutant in mutants() if not patterns or any(text in str(mutant) for text in patterns)]
    workers = min(len(found), int(os.environ.get("DESKS") or os.cpu_count() or 1))
    if not workers:
        sys.exit("No guard has such a name.")
    with tempfile.TemporaryDirectory(prefix="kneecoach-guards-") as folder, ThreadPoolExecutor(workers) as pool:
        desks: SimpleQueue[Desk] = SimpleQueue()
        print(f"{len(found)} guards, {workers} at a time. First the matrix with all of them in place.", flush=True)
        # One after the other: database servers cannot be started by two threads at once.
        for desk in pool.map(made_ready, [Desk(Path(folder) / str(number)) for number in range(workers)]):
            desks.put(desk)
        noticed = dict(zip(found, pool.map(lambda mutant: notices(desks, mutant), found), strict=True))
    survivors = [str(mutant) for mutant in found if not noticed[mutant]]
    print(f"\n{len(found)} guards taken out, {len(found) - len(survivors)} noticed, {len(survivors)} not.")
    reasons = set(REASON.findall(REASONS.read_text(encoding="utf-8")))
    wrong = [f"Not noticed, and no reason in docs/mutants.md: {name}" for name in survivors if name not in reasons]
    wrong += [f"Noticed now: {name}" for name in map(str, found) if name in reasons and name not in survivors]
    if wrong:
        sys.exit("\n".join(wrong))


# --- finding the guards --------------------------------------------------------------------------------------------
def mutants() -> list[Mutant]:
    """Return every guard of the desk, taken out."""
    return [mutant for path in desk_files() for mutant in mutants_of(str(path.relative_to(ROOT)), path.read_text())]


def desk_files() -> list[Path]:
    """Return the modules that the desk is made of."""
    paths = {path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    return sorted(path for path in paths if "admin" in str(path.relative_to(ROOT)) or "desk" in path.parts)


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Yield a module with one guard less, for each that it has."""
    counts: dict[str, int] = {}
    for place, node, text in removals(ast.parse(source)):
        name = f"{place} {text.partition(chr(10))[0] or 'removed'}".strip()
        counts[name] = counts.get(name, 0) + 1
        suffix = f" ({counts[name]})" if counts[name] > 1 else ""
        yield Mutant(path, f"{name}{suffix}", replaced(source, node, text.partition(chr(10))[2]))


def removals(tree: ast.AST, place: str = "") -> Iterator[tuple[str, ast.AST, str]]:
    """Yield where a guard stands, its node, and what it is called, a line break, and what comes in its place."""
    for node in ast.iter_child_nodes(tree):
        here = place
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            here = f"{place}.{node.name}".strip(".")
            if isinstance(node, ast.FunctionDef) and re.fullmatch(r"has_\w+_permission", node.name):
                yield here, node, "override\npass"
            for decorator in node.decorator_list:
                if ONE_METHOD & {name.id for name in ast.walk(decorator) if isinstance(name, ast.Name)}:
                    yield here, decorator, "one method\n(lambda served: served)"
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in {"FactsOnly", "LogsReads"} and len(node.bases) > 1:
                    yield here, base, f"{base.id}\n" + (f"{base.id}.__base__" if base is node.bases[-1] else "*()")
        if isinstance(node, ast.If) and any(raises_denied(statement) for statement in node.body):
            yield here, node.test, "PermissionDenied\nFalse"
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"has_perm", "has_perms"} or QUESTIONS.match(called):
                yield here, node, f"{called}()\nTrue"
            if called in ONE_METHOD and [type(argument) for argument in node.args] == [ast.Attribute]:
                yield here, node, f"{ast.unparse(node.args[0])} one method\n({ast.unparse(node.args[0])})"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in LOGS:
                yield here, node, f"{name}()\npass"
        yield from removals(node, here)


def raises_denied(statement: ast.stmt) -> bool:
    """Tell whether a statement refuses somebody."""
    return isinstance(statement, ast.Raise) and "PermissionDenied" in ast.dump(statement)


def replaced(source: str, node: ast.AST, text: str) -> str:
    """Return a source with one node replaced; the decorators of a function go with it."""
    lines = source.splitlines(keepends=True)
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])  # type: ignore[attr-defined]
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
    begin = node.col_offset  # type: ignore[attr-defined]
    head = lines[first - 1].encode()[:begin].decode()
    tail = lines[last - 1].encode()[end:].decode()
    return "".join(lines[: first - 1]) + head + text + tail + "".join(lines[last:])


# --- running the matrix --------------------------------------------------------------------------------------------
class NoTestRan(Exception):
    """pytest failed before a test could. The message is the end of what it said."""


class Desk:
    """A copy of the tree with a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self.tree.mkdir(parents=True)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.tree / name)
        self.database = start_embedded(folder / "database").owner

    def red(self, *tests: str, needing: str = "") -> str:
        """Return which test is the first that fails, and with what; nothing where all hold.

        With `needing`, the matrix asks only for the addresses that need a module. Raises NoTestRan.
        """
        command = [sys.executable, "-m", "pytest", "-q", "-x", *(f"-pno:{name}" for name in NOT_NEEDED), *tests]
        environment = {
            **os.environ,
            "DATABASE_URL": self.database,
            "KEEP_TEST_DATABASE": "1",
            "FIRST_DIFFERENCE": "1",
            "NEEDING": needing,
            # One long line for each test that is red.
            "COLUMNS": "200",
        }
        try:
            done = subprocess.run(
                command, cwd=self.tree, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"did not end within {SECONDS} seconds"
        if not done.returncode:
            return ""
        found = RED.search(done.stdout)
        if found is None:
            raise NoTestRan("\n".join([*done.stdout.splitlines()[-30:], *done.stderr.splitlines()[-30:]]))
        return found[1]


def made_ready(desk: Desk) -> Desk:
    """Run everything with each guard in its place, which makes the database as well. Ends the command where it is red."""
    try:
        red = desk.red(MATRIX, LISTS)
    except NoTestRan as said:
        raise SystemExit(f"No test ran before any guard was taken out:\n{said}") from said
    if red:
        raise SystemExit(f"Red before any guard was taken out: {red}")
    return desk


def notices(desks: "SimpleQueue[Desk]", mutant: Mutant) -> bool:
    """Take a guard out, ask what is likely to notice, then everything, put the guard back; tell whether a test was red."""
    desk, began = desks.get(), time.monotonic()
    path = desk.tree / mutant.path
    whole = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        module = mutant.path.removesuffix(".py").replace("/", ".")
        red = desk.red(MATRIX, needing=module) or desk.red(LISTS) or desk.red(MATRIX)
    except NoTestRan as said:
        # Whatever this is, it does not show that a test looks at the guard.
        red = ""
        print(f"{mutant}: no test ran:\n{said}")
    finally:
        path.write_text(whole, encoding="utf-8")
        desks.put(desk)
    took = f"{time.monotonic() - began:4.0f} s"
    print(f"{took}  {mutant}: {'noticed by ' + red[:160] if red else 'NOT NOTICED'}", flush=True)
    return bool(red)


if __name__ == "__main__":
    main(sys.argv[1:])

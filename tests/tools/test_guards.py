"""tools/guards.py finds each kind of guard, takes out just that one, and gives it a name that stays."""

import ast
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tools.guards import LISTS, MATRIX, RED, Mutant, NoTestRan, mutants, mutants_of, notices

SOURCE = '''
class Rows(FactsOnly, LogsReads):
    """Rows."""

    def has_add_permission(self, request):
        """Refuse."""
        return False

    @require_POST
    def act(self, request):
        if not request.user.has_perm("x.y") or not may_act(request):
            raise PermissionDenied
        log_read(request.user, 1, "x")
        return "ä", is_technical(request)

    def get_urls(self):
        return [path("look/", view(require_GET(self.look)))]
'''


def taken_out() -> dict[str, str]:
    """Return each mutant of the source, by its name."""
    return {mutant.name: mutant.source for mutant in mutants_of("rows.py", SOURCE)}


@pytest.mark.parametrize(
    ("name", "gone", "there"),
    [
        ("Rows FactsOnly", "class Rows(FactsOnly,", "class Rows(*(), LogsReads):"),
        ("Rows LogsReads", "LogsReads)", "class Rows(FactsOnly, LogsReads.__base__):"),
        ("Rows.has_add_permission override", "has_add_permission", "    pass\n\n    @require_POST"),
        ("Rows.act one method", "@require_POST", "@(lambda served: served)"),
        ("Rows.act PermissionDenied", "if not request.user", "if False:\n            raise PermissionDenied"),
        ("Rows.act has_perm()", "has_perm", "if not True or not may_act(request):"),
        ("Rows.act may_act()", "may_act", 'has_perm("x.y") or not True:'),
        ("Rows.act log_read()", "log_read", "raise PermissionDenied\n        pass\n"),
        ("Rows.act is_technical()", "is_technical", 'return "ä", True'),
        ("Rows.get_urls self.look one method", "require_GET", "view((self.look))"),
    ],
)
def test_takes_one_guard_out(name: str, gone: str, there: str):
    source = taken_out()[name]

    assert gone in SOURCE
    assert gone not in source
    assert there in source
    # Everything else stays.
    assert sum(before != after for before, after in zip(SOURCE.split("\n"), source.split("\n"), strict=False)) >= 1
    ast.parse(source)


def test_finds_no_more_than_these():
    assert len(taken_out()) == 10


def test_reads_which_test_was_red():
    said = "F\n=== short test summary info ===\nFAILED tests/test_desk_matrix.py::test_a[x] - assert {} == {1: 2}\n"

    assert RED.search(said)[1] == "test_a[x] - assert {} == {1: 2}"
    # What came before a test tells nothing of a guard.
    assert RED.search("ERROR tests/test_desk_matrix.py::test_a - OperationalError\n") is None


class Answering:
    """A desk whose runs answer as they are told to, and which remembers what was asked and what stood in the module."""

    def __init__(self, tree: Path, *answers: str | Exception) -> None:
        self.tree, self.answers = tree, list(answers)
        self.asked: list[tuple[str, str, str]] = []

    def red(self, *tests: str, needing: str = "") -> str:
        """Return the next answer, or raise it."""
        self.asked.append((*tests, needing, (self.tree / "a.py").read_text()))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    "answers", [["test_a"], ["", "test_a"], ["", "", "test_a"], ["", "", ""], [NoTestRan("SyntaxError")]], ids=str
)
def test_asks_what_is_near_first_and_puts_the_guard_back(tmp_path: Path, answers: list[str | Exception]):
    (tmp_path / "a.py").write_text("guard")
    desk, desks = Answering(tmp_path, *answers), SimpleQueue[Any]()
    desks.put(desk)

    found = notices(desks, Mutant("a.py", "guard", "none"))

    every = [(MATRIX, "a", "none"), (LISTS, "", "none"), (MATRIX, "", "none")]
    assert (found, desk.asked) == (answers[-1] == "test_a", every[: len(answers)])
    assert (tmp_path / "a.py").read_text() == "guard"
    assert desks.get_nowait() is desk


def test_finds_the_guards_of_the_desk_each_once_and_whole():
    found = mutants()

    names = [str(mutant) for mutant in found]
    assert len(set(names)) == len(names) > 60
    assert {"kneecoach/accounts/admin.py:UserAdmin.user_change_password PermissionDenied"} <= set(names)
    for mutant in found:
        ast.parse(mutant.source)

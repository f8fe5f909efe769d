"""tools/guards*.py find each kind of guard, take out just that one, and give it a name that stays."""

import ast
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tools.guards import (
    FORMS,
    LISTS,
    LOCKED,
    MATRIX,
    OF_THE_DESK,
    PAGES,
    RED,
    SITE,
    SUITES,
    NoTestRan,
    mutants,
    notices,
    steps,
)
from tools.guards_found import ROOT, Mutant, desk_guards, mutants_of, site_guards
from tools.guards_named import NAMED, Named, named_mutants

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
    return {mutant.name: mutant.source for mutant in mutants_of("rows.py", SOURCE, desk_guards)}


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


SITE_SOURCE = '''
def rows_of(patient, limited):
    """Rows."""
    if limited:
        return limited
    if not ratelimit.consume(request, action="x"):
        return too_many(request)
    if patient.pk != 1 and patient is not None:
        raise Row.DoesNotExist
    if patient.day is None:
        raise ValidationError("no guard")
    own = Row.objects.of(patient).filter(day=Month.of(patient), author=None)
    return get_object_or_404(Row, pk=1, exercise_set__patient=patient), Row.objects.exclude(user=None).get(user=patient)


urls = [path("x/", recently_proven(views.change))]
'''


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("rows_of rate limit", "    if False:\n        return limited"),
        ("rows_of rate limit (2)", "    if False:\n        return too_many"),
        ("rows_of DoesNotExist", "    if False:\n        raise Row.DoesNotExist"),
        ("rows_of Row.objects.of()", "own = Row.objects.all().filter(day=Month.of(patient), author=None)"),
        ("rows_of exercise_set__patient=", "get_object_or_404(Row, pk=1, **{})"),
        ("rows_of user=", "Row.objects.exclude(user=None).get(**{})"),
        ("recently_proven views.change", 'path("x/", views.change)'),
    ],
)
def test_takes_one_guard_of_the_site_out(name: str, there: str):
    found = {mutant.name: mutant.source for mutant in mutants_of("rows.py", SITE_SOURCE, site_guards)}

    assert there in found[name]
    assert (
        sum(before != after for before, after in zip(SITE_SOURCE.split("\n"), found[name].split("\n"), strict=True))
        == 1
    )
    ast.parse(found[name])
    assert len(found) == 7


def test_reads_which_test_was_red():
    said = "F\n=== short test summary info ===\nFAILED tests/test_desk_matrix.py::test_a[x] - assert {} == {1: 2}\n"

    assert RED.search(said).groups() == ("tests/test_desk_matrix.py::test_a", "[x] - assert {} == {1: 2}")
    # What came before a test tells nothing of a guard.
    assert RED.search("ERROR tests/test_desk_matrix.py::test_a - OperationalError\n") is None


class Answering:
    """A desk whose runs answer as they are told to, and which remembers what was asked and what stood in the module."""

    def __init__(self, tree: Path, *answers: str | Exception) -> None:
        self.tree, self.answers = tree, list(answers)
        self.asked: list[tuple[str, ...]] = []

    def red(self, *tests: str, needing: str = "") -> tuple[str, str]:
        """Return the next answer, or raise it."""
        self.asked.append((*tests, needing, next(self.tree.rglob("*.py")).read_text()))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer, ""


@pytest.mark.parametrize(
    "answers",
    [
        ["test_a"],
        ["", "test_a"],
        ["", "", "test_a"],
        ["", "", "", ""],
        [NoTestRan("SyntaxError")] * 4,
        # The cast could not be made; a test that needs none of it is red.
        [NoTestRan("ValidationError"), "test_a"],
    ],
    ids=str,
)
def test_asks_what_is_near_first_and_puts_the_guard_back(tmp_path: Path, answers: list[str | Exception]):
    (tmp_path / "admin.py").write_text("guard")
    desk, desks = Answering(tmp_path, *answers), SimpleQueue[Any]()
    desks.put(desk)

    found = notices(desks, Mutant("admin.py", "guard", "none"))

    every = [(MATRIX, "admin", "none"), (LISTS, LOCKED, "", "none"), (MATRIX, "", "none"), (OF_THE_DESK, "", "none")]
    assert (found, desk.asked) == (answers[-1] if answers[-1] == "test_a" else "", every[: len(answers)])
    assert (tmp_path / "admin.py").read_text() == "guard"
    assert desks.get_nowait() is desk


def test_asks_the_tests_of_the_module_and_then_those_of_its_app():
    first, forms = (SITE, PAGES), ((FORMS,), "")

    assert steps(Mutant("progress/access.py", "x", "")) == [
        (first, "progress.access"),
        (("tests/progress/test_access.py",), ""),
        forms,
        (("tests/progress", SITE, *SUITES), ""),
    ]
    assert steps(Mutant("kneecoach/accounts/services/accepting.py", "x", "")) == [
        (first, "kneecoach.accounts.services.accepting"),
        (("tests/kneecoach/accounts/services/test_accepting.py",), ""),
        forms,
        (("tests/kneecoach/accounts", SITE, *SUITES), ""),
    ]
    # Wherever in the app they stand that are called after the module.
    assert steps(Mutant("kneecoach/accounts/services/devices.py", "x", ""))[1] == (
        ("tests/kneecoach/accounts/views/test_devices.py",),
        "",
    )
    assert steps(Mutant("kneecoach/settings.py", "x", "", ("tests/a.py",))) == [(("tests/a.py",), "")]


def test_every_guard_that_is_named_stands_in_its_module_and_has_tests():
    for mutant in named_mutants():
        ast.parse(mutant.source)
        assert mutant.tests, mutant
        assert all((ROOT / test).exists() for test in mutant.tests), mutant


def test_guard_that_is_named_and_gone_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(NAMED, "manage.py", (Named("gone", "nothing of the kind", "", (SITE,)),))

    with pytest.raises(ValueError, match=r"manage\.py: «gone» stands there 0 times"):
        list(named_mutants())


def test_finds_the_guards_each_once_and_whole():
    found = mutants()

    names = [str(mutant) for mutant in found]
    assert len(set(names)) == len(names) > 300
    assert {
        "kneecoach/accounts/admin.py:UserAdmin.user_change_password PermissionDenied",
        "kneecoach/accounts/access.py:_ask_first PermissionDenied",
        "kneecoach/urls.py:recently_proven account_views.password_set",
        "kneecoach/settings.py:named MIDDLEWARE StaffMiddleware",
        "progress/access.py:session_of ExerciseSession.objects.of()",
    } <= set(names)
    for mutant in found:
        ast.parse(mutant.source)

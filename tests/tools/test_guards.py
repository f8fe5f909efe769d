"""tools/guards.py finds each kind of guard, takes out just that one, and gives it a name that stays."""

import ast

import pytest

from tools.guards import mutants, mutants_of

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
    assert len(taken_out()) == 9


def test_finds_the_guards_of_the_desk_each_once_and_whole():
    found = mutants()

    names = [str(mutant) for mutant in found]
    assert len(set(names)) == len(names) > 60
    assert {"kneecoach/accounts/admin.py:UserAdmin.user_change_password PermissionDenied"} <= set(names)
    for mutant in found:
        ast.parse(mutant.source)

"""What the faults share: the servers, the patients, and the table that is printed at the end."""

from collections.abc import Callable, Iterator

import pytest

from kneecoach.accounts.models import Patient
from tests.chaos.aims import AIMS, NO_AIM
from tests.chaos.runs import HEAD, SERVED_WITHIN_S, Outcome, Run, make_patients, under_load
from tests.chaos.servers import Postgres, Web, webs
from tests.plugins.database import TestDatabase


@pytest.fixture(scope="session")
def table() -> Iterator[list[Outcome]]:
    """Collect the rows, and print all of them at the end."""
    rows: list[Outcome] = []
    yield rows
    print("\n\n" + "\n".join([HEAD, *(row.line for row in rows)]))


@pytest.fixture
def postgres(live_db: TestDatabase) -> Postgres:
    """Return the server of the test database, made durable."""
    made = Postgres()
    made.make_durable()
    return made


@pytest.fixture
def web(live_db: TestDatabase, postgres: Postgres) -> Iterator[Web]:
    """Serve as in production."""
    with webs(live_db) as (made,):
        yield made


@pytest.fixture
def patients(live_db: TestDatabase) -> list[Patient]:
    """Return who does exercises."""
    return make_patients()


@pytest.fixture
def run(patients: list[Patient], table: list[Outcome], request: pytest.FixtureRequest) -> Run:
    """Return what runs a fault under load, and demands that nothing is lost or twice, and that nobody waits too long.

    `lasts`: for how many seconds the fault itself shuts somebody out. `within`: how many later all have to be served.
    """
    aim = AIMS.get(request.node.originalname, NO_AIM)

    def do(
        name: str,
        address: str,
        fault: Callable[[], str | None],
        *,
        lasts: float = 0,
        within: float = SERVED_WITHIN_S,
        is_naive: bool = False,
    ) -> Outcome:
        emails = [str(row.user.email) for row in patients]
        outcome = under_load(name, address, fault, emails=emails, aim=NO_AIM if is_naive else aim, is_naive=is_naive)
        table.append(outcome)
        assert (outcome.lost, outcome.troubles, outcome.late(lasts=lasts, within=within)) == ([], [], [])
        assert is_naive or outcome.doubled == []
        return outcome

    return do

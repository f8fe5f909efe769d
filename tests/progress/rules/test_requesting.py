"""Where a patient stands on the way to the next stage."""

import pytest

from progress.rules.readiness import Criterion, CriterionKey, Readiness, Verdict
from progress.rules.requesting import StageState, stage_state


def counted(*verdicts: Verdict) -> Readiness:
    """Return criteria with these verdicts."""
    keys = list(CriterionKey)
    return Readiness(tuple(Criterion(keys[at], verdict, 1, 1) for at, verdict in enumerate(verdicts)))


@pytest.mark.parametrize(
    ("readiness", "is_resting", "standing", "state"),
    [
        (None, False, "", StageState.BUILDING),
        (counted(), False, "", StageState.BUILDING),
        (counted(Verdict.MET, Verdict.NOT_MET), False, "", StageState.BUILDING),
        (counted(Verdict.MET, Verdict.UNKNOWN), False, "", StageState.BUILDING),
        (counted(Verdict.MET, Verdict.MET), False, "", StageState.CRITERIA_MET),
        (counted(Verdict.MET, Verdict.MET), True, "", StageState.BUILDING),
        (counted(Verdict.NOT_MET), True, "requested", StageState.REQUESTED),
        (None, False, "approved", StageState.APPROVED),
        (counted(Verdict.MET), False, "declined", StageState.DECLINED),
    ],
)
def test_stage_state(readiness: Readiness | None, *, is_resting: bool, standing: str, state: StageState):
    assert stage_state(readiness, is_resting=is_resting, standing=standing) is state


def test_stage_state_nothing_stands_where_nothing_was_asked():
    assert stage_state(counted(Verdict.MET), is_resting=False) is StageState.CRITERIA_MET

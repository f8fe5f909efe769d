"""Where a patient stands on the way to the next stage (docs/rules.md, Readiness). Nothing here changes a prescription."""

from enum import StrEnum

from progress.rules.readiness import Readiness


class StageState(StrEnum):
    """From the first day on a stage to the physiotherapist's answer. Taken back, it is as before the request."""

    BUILDING = "building"
    CRITERIA_MET = "criteria_met"
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"


def stage_state(readiness: Readiness | None, *, is_resting: bool, standing: str = "") -> StageState:
    """Return where a patient stands.

    `standing` is the status of a request that is open, or was answered and not put away yet. `is_resting`: the pain
    calls for something else first, so nothing is shown as met. Without readiness (switched off) nothing is met either.
    """
    if standing:
        return StageState(standing)
    if readiness is not None and readiness.is_ready and not is_resting:
        return StageState.CRITERIA_MET
    return StageState.BUILDING

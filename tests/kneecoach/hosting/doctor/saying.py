"""What findings say, without who they are about."""

from collections.abc import Iterable

from kneecoach.hosting.doctor import Finding, Level


def levels(findings: Iterable[Finding]) -> list[tuple[Level, str]]:
    """Return how bad each is, and its text."""
    return [(finding.level, finding.text) for finding in findings]

"""The criteria in words: the limit, the number, and what is not known."""

import pytest

from progress.readiness_words import CriterionLine, criterion_lines
from progress.rules.readiness import Criterion, CriterionKey, Verdict

K, V = CriterionKey, Verdict


@pytest.mark.parametrize(
    ("criterion", "state", "title", "note"),
    [
        (Criterion(K.DAYS_ON_STAGE, V.NOT_MET, 1, 7), "unmet", "On this stage for at least 7 days", "1 day so far"),
        (Criterion(K.DAYS_ON_STAGE, V.MET, 0, 0), "met", "On this stage for at least 0 days", "0 days so far"),
        (
            Criterion(K.FULL_DAYS, V.MET, 6, 5, 7),
            "met",
            "At least 5 days on which all that was due was done",
            "6, out of 7 days looked at",
        ),
        (
            Criterion(K.FULL_DAYS, V.NOT_MET, 0, 1, 0),
            "unmet",
            "At least 1 day on which all that was due was done",
            "No day to count yet",
        ),
        (
            Criterion(K.HOLDS, V.MET, 94, 90, 132),
            "met",
            "At least 90 % of holds as long as prescribed",
            "94 % of 132 holds that were timed",
        ),
        (
            Criterion(K.HOLDS, V.UNKNOWN, None, 90, 0),
            "unknown",
            "At least 90 % of holds as long as prescribed",
            "No hold was timed yet",
        ),
        (
            Criterion(K.PAIN, V.MET, 0, 2, 4),
            "met",
            "Worst pain of 2 or less in every session that counts",
            "The highest was 0",
        ),
        (
            Criterion(K.PAIN, V.UNKNOWN, 2, 2, 4),
            "unknown",
            "Worst pain of 2 or less in every session that counts",
            "The highest was 2; some answers are missing",
        ),
        (Criterion(K.PAIN, V.NOT_MET, 3, 0, 4, 1), "unmet", "No pain in any session that counts", "The highest was 3"),
        (Criterion(K.PAIN, V.UNKNOWN, None, 0, 1), "unknown", "No pain in any session that counts", "No number yet"),
        (
            Criterion(K.MORNINGS, V.UNKNOWN, 2, 4, 6),
            "unknown",
            "At least 4 mornings that had settled, and none that had not",
            "2 had settled; 4 are not known",
        ),
        (
            Criterion(K.MORNINGS, V.MET, 4, 4, 6),
            "met",
            "At least 4 mornings that had settled, and none that had not",
            "4 had settled, out of 6 mornings",
        ),
        (
            Criterion(K.MORNINGS, V.NOT_MET, 5, 4, 6, 1),
            "unmet",
            "At least 4 mornings that had settled, and none that had not",
            "5 had settled; at least one had not",
        ),
        (
            Criterion(K.MORNINGS, V.NOT_MET, 0, 1, 0),
            "unmet",
            "At least 1 morning that had settled, and none that had not",
            "No morning to count yet",
        ),
        (
            Criterion(K.WEEKLY_RISE, V.UNKNOWN, None, 1),
            "unknown",
            "Pain at most 1 higher this week than last week",
            "Needs four answers in each of the two weeks",
        ),
        (
            Criterion(K.WEEKLY_RISE, V.MET, 0.5, 1),
            "met",
            "Pain at most 1 higher this week than last week",
            "0.5 higher",
        ),
        (
            Criterion(K.WEEKLY_RISE, V.MET, 0, 0),
            "met",
            "Pain not higher this week than last week",
            "The same in both weeks",
        ),
        (Criterion(K.WEEKLY_RISE, V.MET, -2, 0), "met", "Pain not higher this week than last week", "2 lower"),
        (
            Criterion(K.FELT_MUSCLE, V.NOT_MET, 0, 80, 14),
            "unmet",
            "Muscle felt in at least 80 % of sets",
            "0 % of 14 sets",
        ),
        (
            Criterion(K.FELT_MUSCLE, V.UNKNOWN, None, 80, 0),
            "unknown",
            "Muscle felt in at least 80 % of sets",
            "No set yet",
        ),
        (Criterion(K.FELT_MUSCLE, V.MET, 50, 0, 1), "met", "Feeling the muscle is not asked for", "50 % of 1 set"),
        (
            Criterion(K.NO_OPEN_FLAG, V.MET, 0, 0),
            "met",
            "Nothing that your physiotherapist has to look at first",
            "Nothing waits",
        ),
        (
            Criterion(K.NO_OPEN_FLAG, V.NOT_MET, 1, 0),
            "unmet",
            "Nothing that your physiotherapist has to look at first",
            "Something waits until your physiotherapist has looked at it",
        ),
    ],
)
def test_criterion_in_words(criterion: Criterion, state: str, title: str, note: str):
    assert criterion_lines([criterion]) == [CriterionLine(state, title, note)]

"""A sheet of paper, typed by the clinic: what it writes, twice as once, and that nothing is ever overwritten."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError

from kneecoach.accounts.models import Patient, User
from progress import services
from progress.history import came_late, load_pain, load_stage_history, rule_set_of
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from progress.rules.days import Slot
from tests.factories import a_moment, make_finished_session, make_prescription
from tests.rows import all_rows, make_mornings

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 10:00")


@pytest.fixture
def prescription(patient: Patient, physiotherapist: User) -> Any:
    """Return stage 1, prescribed five weeks ago."""
    return make_prescription(patient=patient, now=a_moment("2026-10-20 07:00"), by=physiotherapist)


def an_entry(prescription: Any, day: str, slot: str = "evening", reps: int = 8, pk: UUID | None = None, **pain: Any):
    """Return one line of a sheet."""
    return services.LaterEntry(
        session_id=pk or uuid4(),
        day=date.fromisoformat(day),
        slot=Slot(slot),
        is_from_paper=True,
        sets=(services.LaterSet(prescription.pk, "right", reps, felt="yes"),),
        pain={("before", "right"): pain.get("before"), ("worst", "right"): pain.get("worst")},
    )


def enter(patient: Patient, by: User, entries: Any, mornings: Any = None, now: datetime = NOW) -> Any:
    """Enter a sheet."""
    return services.enter_sheet(patient=patient, entries=entries, mornings=mornings or {}, by=by, now=now)


def test_lines_are_written_as_from_paper_and_by_whom(patient: Patient, physiotherapist: User, prescription: Any):
    receipt = enter(patient, physiotherapist, [an_entry(prescription, "2026-11-03", before=0)])

    (session,) = receipt.sessions
    assert (session.entry, session.entered_by, session.entered_at) == ("paper", physiotherapist, NOW)
    assert (session.local_date, session.slot, receipt.taken) == (date(2026, 11, 3), "evening", ())
    assert Rep.objects.filter(method="manual", held_ms=None, received_at=NOW).count() == 8
    assert ExerciseSet.objects.get().felt_muscle == "yes"
    ratings = PainRating.objects.order_by("moment").values_list("moment", "status", "value")
    assert list(ratings) == [("before", "answered", 0), ("worst", "skipped", None)]


def test_same_sheet_again_changes_nothing(patient: Patient, physiotherapist: User, prescription: Any):
    entries = [an_entry(prescription, "2026-11-23"), an_entry(prescription, "2026-11-24", "morning")]
    mornings = {(date(2026, 11, 24), "right"): 3}
    enter(patient, physiotherapist, entries, mornings)
    before = all_rows()

    again = enter(patient, physiotherapist, entries, mornings)

    assert (len(again.sessions), again.taken, again.mornings) == (2, (), 0)
    assert all_rows() == before


def test_slot_that_has_a_session_is_left_as_it_is_and_told(patient: Patient, physiotherapist: User, prescription: Any):
    live = make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    taken, free = an_entry(prescription, "2026-11-24"), an_entry(prescription, "2026-11-24", "morning")

    receipt = enter(patient, physiotherapist, [taken, free])

    assert receipt.taken == (taken,)
    assert {row.pk for row in receipt.sessions} == {free.session_id}
    live.refresh_from_db()
    assert (live.entry, ExerciseSession.objects.count()) == ("live", 2)


@pytest.mark.parametrize(
    ("day", "slot"), [("2026-10-27", "evening"), ("2026-11-25", "evening"), ("2026-11-26", "morning")]
)
def test_lines_out_of_reach_are_left_out(
    patient: Patient, physiotherapist: User, prescription: Any, day: str, slot: str
):
    receipt = enter(patient, physiotherapist, [an_entry(prescription, day, slot)])

    assert (len(receipt.taken), ExerciseSession.objects.count()) == (1, 0)


def test_morning_with_an_answer_stays_and_others_are_written(
    patient: Patient, physiotherapist: User, prescription: Any
):
    make_mornings(patient=patient, until=NOW, days=1, pain=1)
    standing = PainRating.objects.get(moment="morning").local_date
    mornings = {(standing, "right"): 9, (date(2026, 11, 20), "right"): 0}

    receipt = enter(patient, physiotherapist, [], mornings)

    found = dict(PainRating.objects.filter(moment="morning").values_list("local_date", "value"))
    assert (found, receipt.mornings) == ({standing: 1, date(2026, 11, 20): 0}, 1)


@pytest.mark.parametrize("day", [date(2026, 10, 27), date(2026, 11, 26)])
def test_morning_out_of_reach_is_refused_and_nothing_is_written(
    patient: Patient, physiotherapist: User, prescription: Any, day: date
):
    before = all_rows()

    with pytest.raises(ValidationError):
        enter(patient, physiotherapist, [an_entry(prescription, "2026-11-24")], {(day, "right"): 2})

    assert all_rows() == before


def test_id_of_somebody_else_is_refused(
    patient: Patient, other_patient: Patient, physiotherapist: User, prescription: Any
):
    foreign = make_finished_session(patient=other_patient, now=a_moment("2026-11-24 18:00"))
    before = all_rows()

    with pytest.raises(ExerciseSession.DoesNotExist):
        enter(patient, physiotherapist, [an_entry(prescription, "2026-11-24", pk=foreign.pk)])

    assert all_rows() == before


def test_late_morning_is_shown_but_no_reason_for_the_next_stage(
    patient: Patient, physiotherapist: User, prescription: Any
):
    for day in ("2026-11-20", "2026-11-23"):
        make_finished_session(patient=patient, now=a_moment(f"{day} 08:00"), pain_before=2)
    enter(patient, physiotherapist, [], {(date(2026, 11, 21), "right"): 2, (date(2026, 11, 24), "right"): 2})

    criteria = rule_set_of(patient).values.criteria
    counted = load_stage_history(patient, prescription, today=NOW.date(), criteria=criteria).pain.mornings

    assert dict(counted) == {date(2026, 11, 24): {"right": 2}}
    assert set(load_pain(patient, date(2026, 11, 20), NOW.date()).mornings) == {date(2026, 11, 21), date(2026, 11, 24)}


def test_it_is_shown_but_no_reason_for_the_next_stage(patient: Patient, physiotherapist: User, prescription: Any):
    (session,) = enter(patient, physiotherapist, [an_entry(prescription, "2026-11-24", worst=2)]).sessions

    criteria = rule_set_of(patient).values.criteria
    history = load_stage_history(patient, prescription, today=NOW.date(), criteria=criteria)

    assert came_late(ExerciseSession.objects.with_wait().get(pk=session.pk))
    assert sum(day.slots_done for day in history.days) == 0
    assert [row.is_late for row in history.pain.sessions] == [True]

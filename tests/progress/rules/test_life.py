"""Random months of a patient's life, played on the rules: exercising, sleeping, flying, skipping answers, pausing.

What was said and done is written down beside the rules, as plainly as possible, and compared after every step.
"""

from datetime import UTC, date, datetime, timedelta
from statistics import median
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from progress.rules.adherence import HeldSet, adherence
from progress.rules.advice import AdviceKind, advise
from progress.rules.alerts import alerts_called_for
from progress.rules.asking import morning_asks_about
from progress.rules.days import LocalMoment, Slot, local_moment, pick_slot
from progress.rules.later import enterable_slots, is_late
from progress.rules.limits import RuleValues
from progress.rules.pain import Answer, PainHistory, SessionPain, settled_on, weekly_medians
from progress.rules.readiness import CriterionKey, StageDay, StageHistory, Verdict, readiness
from progress.rules.reps import is_hold_kept
from progress.rules.slots import PrescriptionFact, SessionFact, SetFact, day_view
from progress.rules.travel import ZonedSession, travel_days

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Cairo",
]
STANDARD = RuleValues()
FEWEST, PLANNED_MS = 10, 3000
number = st.none() | st.sampled_from([0, 0, 1, 2, 3, 5, 6, 10])
knees = st.fixed_dictionaries({"left": number, "right": number})
holds = st.lists(st.sampled_from([0, 2499, 2500, 3000, 9000]), max_size=14)


def highest(numbers: dict[str, int | None]) -> int | None:
    """Return the higher number of two knees."""
    return max((value for value in numbers.values() if value is not None), default=None)


class Life(RuleBasedStateMachine):
    """One patient."""

    @initialize(zone=st.sampled_from(ZONES), start=st.datetimes(datetime(2026, 2, 1), datetime(2028, 12, 1)))  # noqa: DTZ001 -- a bound
    def begins(self, zone: str, start: datetime):
        """Get the first prescription."""
        self.zone, self.now = zone, start.replace(tzinfo=UTC)
        self.first_day = self.moment.local_date
        self.prescriptions = [PrescriptionFact(1, 2, self.first_day, None, self.moment)]
        self.sessions: list[SessionFact] = []
        self.pains: list[SessionPain] = []
        self.stays: list[ZonedSession] = []
        self.holds: dict[UUID, list[int]] = {}
        self.felt: dict[UUID, bool] = {}
        self.mornings: dict[date, dict[str, int | None]] = {}
        self.swollen: set[date] = set()

    @property
    def moment(self) -> LocalMoment:
        """Return the patient's clock."""
        return local_moment(self.now, self.zone)

    @property
    def today(self) -> date:
        """Return the patient's day."""
        return self.moment.local_date

    @property
    def history(self) -> PainHistory:
        """Return all pain so far."""
        return PainHistory(tuple(self.pains), self.mornings, frozenset(self.swollen))

    @property
    def current(self) -> PrescriptionFact:
        """Return the prescription that runs."""
        return self.prescriptions[-1]

    # --- what happens ----------------------------------------------------------------------------------------------
    @rule(hours=st.integers(1, 30), minutes=st.sampled_from([0, 10, 40]))
    def time_passes(self, hours: int, minutes: int):
        """Live."""
        self.now += timedelta(hours=hours, minutes=minutes)

    @rule()
    def sleeps_until_morning(self):
        """Wake up on the next day."""
        day = self.today
        while self.today == day:
            self.now += timedelta(hours=1)

    @rule(zone=st.sampled_from(ZONES))
    def flies(self, zone: str):
        """Come out under another clock."""
        self.now += timedelta(hours=6)
        self.zone = zone

    @precondition(lambda self: self.current.covers(self.today))
    @rule(held=holds, before=knees, worst=knees, felt=st.booleans())
    def exercises(self, held: list[int], before: dict, worst: dict, felt: bool):  # noqa: FBT001 -- drawn
        """Do a session now."""
        today = self.today
        taken = {
            row.slot: stay.started_at
            for row, stay in zip(self.sessions, self.stays, strict=True)
            if row.local_date == today and row.slot is not Slot.EXTRA
        }
        slot = pick_slot(self.moment, taken, self.now)
        assert slot not in taken
        self.write_down(today, slot, held, before, worst, felt=felt, is_entered_later=False)
        self.now += timedelta(minutes=20)

    @rule(which=st.integers(0, 20), held=holds, worst=knees)
    def enters_later(self, which: int, held: list[int], worst: dict):
        """Remember a session of the last days."""
        free = enterable_slots(self.moment, self.prescriptions, self.sessions)
        if free:
            chosen = free[which % len(free)]
            self.write_down(chosen.day, chosen.slot, held, {}, worst, felt=True, is_entered_later=True)

    @precondition(lambda self: morning_asks_about(self.moment, {row.local_date for row in self.sessions}) is not None)
    @rule(numbers=knees, is_swollen=st.booleans())
    def answers_in_the_morning(self, numbers: dict, is_swollen: bool):  # noqa: FBT001 -- drawn
        """Say how the knees are today."""
        self.mornings[self.today] = numbers
        if is_swollen:
            self.swollen.add(self.today)

    @precondition(lambda self: not self.current.pauses)
    @rule(days=st.integers(0, 5))
    def pauses(self, days: int):
        """Pause for some days, from today."""
        pause = (self.today, self.today + timedelta(days=days))
        self.replace_current(pauses=(pause,))

    @rule(times=st.integers(1, 2))
    def gets_another_dose(self, times: int):
        """Have the prescription superseded today."""
        self.replace_current(ended_on=max(self.today, self.current.starts_on))
        new = PrescriptionFact(len(self.prescriptions) + 1, times, self.today, None, self.moment)
        self.prescriptions.append(new)

    # --- writing it down -------------------------------------------------------------------------------------------
    def replace_current(self, **changes):
        """Change the prescription that runs."""
        self.prescriptions[-1] = PrescriptionFact(**vars(self.current) | changes)

    def write_down(self, day, slot, held, before, worst, *, felt, is_entered_later):
        """Write a session down."""
        key = UUID(int=len(self.sessions) + 1)
        sets = (SetFact(self.current.id, FEWEST, len(held)),)
        self.sessions.append(
            SessionFact(key, day, slot, self.moment.wall, False, sets, is_entered_later)  # noqa: FBT003 -- not open
        )
        late = is_late(done_at=self.now, received_at=self.now, is_entered_later=is_entered_later, is_corrected=False)
        self.pains.append(SessionPain(key, day, len(self.pains), before, worst, {}, is_late=late))
        self.stays.append(ZonedSession(day, self.zone, self.now))
        self.holds[key], self.felt[key] = list(held), felt

    # --- what has to hold ------------------------------------------------------------------------------------------
    @invariant()
    def no_day_has_more_than_two_filled_slots(self):
        filled = [(row.local_date, row.slot) for row in self.sessions if row.slot is not Slot.EXTRA]

        assert len(filled) == len(set(filled))

    @invariant()
    def no_number_exceeds_its_denominator_and_nothing_prescribed_is_done(self):
        last = max([self.today, *(row.local_date for row in self.sessions)])
        days = [
            day_view(self.first_day + timedelta(days=count), self.moment, self.prescriptions, self.sessions)
            for count in range((last - self.first_day).days + 1)
        ]
        sets = [HeldSet(FEWEST, len(held), PLANNED_MS, tuple(held)) for held in self.holds.values()]

        result = adherence(days, sets, today=self.today)

        for share in (result.sessions, result.reps, result.hold_seconds):
            assert 0 <= share.done <= share.of
            assert share.percent is None or 0 <= share.percent <= 100
        assert result.sessions.done <= sum(len(held) >= FEWEST for held in self.holds.values())
        assert result.reps.done == sum(min(len(held), FEWEST) for held in self.holds.values())
        held_ms = sum(min(hold, PLANNED_MS) for held in self.holds.values() for hold in held)
        assert result.hold_seconds.exact == (held_ms, PLANNED_MS * sum(map(len, self.holds.values())))
        assert result.streak_days <= len(days)

    @invariant()
    def no_zero_is_lost_and_no_gap_becomes_zero(self):
        history = self.history
        said = [(row.local_date, highest(dict(row.worst))) for row in self.pains]

        assert [row.worst_of_all for row in history.rated] == [value for _day, value in said if value is not None]
        for end, found in zip(
            (self.today, self.today - timedelta(days=7)), weekly_medians(self.today, history), strict=True
        ):
            values = [
                value
                for day, value in said
                if value is not None and end - timedelta(days=7) <= day <= end - timedelta(days=1)
            ]
            assert found == (median(values) if len(values) >= 4 else None)

    @invariant()
    def settled_is_known_only_from_both_numbers_of_both_knees(self):
        day = self.today
        first = next((row for row in self.pains if row.local_date == day - timedelta(days=1)), None)
        pairs = [
            (first.before.get(side) if first else None, self.mornings.get(day, {}).get(side))
            for side in ("left", "right")
        ]

        answer = settled_on(day, self.history, STANDARD.limits)

        rises = [morning - before for before, morning in pairs if before is not None and morning is not None]
        if any(rise > 1 for rise in rises):
            assert answer is Answer.NO
        elif len(rises) == len(pairs):
            assert answer is Answer.YES
        else:
            assert answer is Answer.UNKNOWN

    @invariant()
    def well_is_said_only_where_all_is_known(self):
        told = advise(self.today, self.history, STANDARD.limits)

        for advice in told:
            assert advice.evidence
            if advice.kind in {AdviceKind.CARRY_ON, AdviceKind.STAY}:
                assert len(told) == 1
                assert settled_on(self.today, self.history, STANDARD.limits) is Answer.YES
        for call in alerts_called_for(self.today, self.history, STANDARD.limits):
            assert call.evidence

    @invariant()
    def nothing_is_met_on_unknown(self):
        days = self.stage_days()
        stage = StageHistory(self.current.starts_on, days, self.history, has_open_flag=False)
        window = [row for row in days if row.is_counted and self.today - timedelta(days=7) <= row.day < self.today]

        result = {row.key: row for row in readiness(self.today, stage, STANDARD).criteria}
        met = {key for key, row in result.items() if row.verdict is Verdict.MET}

        worst = [value for row in window for value in row.worst]
        assert (CriterionKey.PAIN in met) == (bool(worst) and all(value is not None and value <= 2 for value in worst))
        assert CriterionKey.HOLDS not in met or sum(row.holds_timed for row in window) > 0
        assert CriterionKey.FELT_MUSCLE not in met or sum(row.sets_felt_asked for row in window) > 0
        assert CriterionKey.FULL_DAYS not in met or sum(row.slots_done >= row.slots_due > 0 for row in window) >= 5
        if CriterionKey.WEEKLY_RISE in met:
            assert None not in weekly_medians(self.today, self.history)
        if CriterionKey.MORNINGS in met:
            known = [day for day in self.mornings if self.today - timedelta(days=7) <= day < self.today]
            assert len(known) >= 4

    def stage_days(self) -> tuple[StageDay, ...]:
        """Return the days of the prescription that runs, as readiness takes them."""
        travel = travel_days(self.stays)
        start = self.current.starts_on
        return tuple(
            self.stage_day(start + timedelta(days=count), travel)
            for count in range(max((self.today - start).days, 0))
        )  # fmt: skip

    def stage_day(self, day: date, travel: frozenset[date]) -> StageDay:
        """Return one of them."""
        late = {row.session_id for row in self.pains if row.is_late}
        counting = [row for row in self.sessions if row.local_date == day and row.id not in late]
        kept = [is_hold_kept(hold, PLANNED_MS) for row in counting for hold in self.holds[row.id]]
        pains = [row for row in self.pains if row.local_date == day and not row.is_late]
        return StageDay(
            day=day,
            is_counted=day not in travel and self.current.covers(day),
            slots_due=self.current.sessions_per_day,
            slots_done=sum(row.satisfies(self.current.id) for row in counting if row.slot is not Slot.EXTRA),
            holds_timed=len(kept),
            holds_kept=sum(kept),
            sets_felt_yes=sum(self.felt[row.id] for row in counting),
            sets_felt_asked=len(counting),
            worst=tuple(value for row in pains for value in row.worst_by_knee),
        )


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestLife = Life.TestCase

"""The rows that a life leaves in the database, written with COPY: what the replay makes, a hundred times as fast.

The triggers of the change history run on COPY as well: each row then has its first event, where a replay, which writes
most rows in several steps, leaves more of them. For many people they take most of the time, and no page that is measured
reads the history, so the benchmark has the owner role leave them out (`without_history`). `tests/bench/test_copying.py`
holds that the rows themselves are equal.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import singledispatchmethod
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg import sql

from exercises.eligibility import VERSION as ELIGIBILITY_VERSION
from exercises.models import Decision, Eligibility, Prescription, Stage
from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.rules import is_minor
from kneecoach.demo import facts
from kneecoach.demo.facts import Life, StagePlan
from kneecoach.demo.people import GUARDIAN
from progress.models import (
    Alert,
    AlertEvidence,
    Correction,
    ExerciseSession,
    ExerciseSet,
    Message,
    MorningCheck,
    PainRating,
    ReadinessCriterion,
    ReadinessEvaluation,
    RedFlagReport,
    Rep,
    RuleSet,
    StageRequest,
    WeeklyCheck,
)
from progress.rules.alerts import LEVEL_OF, AlertKind
from progress.rules.days import local_moment
from progress.rules.limits import RULES_VERSION, RuleValues, preset_of
from progress.rules.red_flags import CARD_VERSION
from progress.rules.reps import Outcome
from tests.bench.consequences import Consequences, Counted, paper_hour
from tests.bench.tables import Table, in_batches

PATIENTS_AT_ONCE = 25
DOSE = ("reps_min", "reps_max", "reps_target", "hold_min_seconds", "hold_max_seconds", "hold_target_seconds")


class Writer:
    """Collects the rows of some lives, and writes them."""

    def __init__(self, *, physiotherapist: User, password_hash: str, stages: dict[int, StagePlan]) -> None:
        self.by, self.password_hash, self.stages = physiotherapist, password_hash, stages
        self.rows = {
            row.number: row for row in Stage.objects.filter(version__programme__key="kneecap").select_related("version")
        }
        self.clinic = RuleSet.objects.of_clinic()[0]
        self.users = Table(User, "id", "email", "name", "password", "date_joined")
        self.patients = Table(
            Patient,
            *("id", "name", "birth_date", "side", "time_zone", "lead_physiotherapist_id", "user_id"),
            *("vmo_found_at", "created_at", "morning_time", "evening_time"),
        )
        self.prescriptions = Table(
            Prescription,
            *("id", "patient_id", "stage_id", "programme_id", "stage_key", "side", "starts_on", "note"),
            *("prescribed_by_id", "prescribed_at", "ended_on", "end_reason", "ended_by_id", "ended_at"),
            *("depth", "depth_pain_limit", *DOSE, "sessions_per_day"),
        )
        self.decisions = Table(
            Decision,
            *("id", "patient_id", "kind", "prescription_id", "from_on", "decided_by_id", "decided_at"),
        )
        self.eligibility = Table(
            Eligibility, "patient_id", "version", "is_minor", "guardian_name", "confirmed_by_id", "confirmed_at"
        )
        names = [*vars(RuleValues().limits), *vars(RuleValues().criteria)]
        self.rule_sets = Table(RuleSet, "id", "patient_id", "version", "preset", "made_by_id", "made_at", *names)
        self.sessions = Table(
            ExerciseSession,
            *("id", "patient_id", "local_date", "time_zone", "utc_offset_minutes", "slot", "started_at", "is_safe"),
            *("stop_reason", "stop_note", "ended_at", "effort", "pain_overridden_at"),
            *("entry", "entered_at", "entered_by_id"),
        )
        self.sets = Table(
            ExerciseSet,
            *("id", "exercise_session_id", "order", "prescription_id", "stage_id", "side"),
            *("reps_min", "reps_max", "reps_target", "hold_target_ms", "started_at", "finished_at", "felt_muscle"),
            *("depth_target", "depth_pain_limit", "depth"),
        )
        self.reps = Table(
            Rep,
            *("id", "exercise_set_id", "number", "held_ms", "outcome", "method", "done_at", "received_at"),
        )
        self.ratings = Table(
            PainRating,
            *("patient_id", "exercise_session_id", "local_date", "moment", "side", "status", "value", "rated_at"),
        )
        self.flags = Table(
            RedFlagReport, "patient_id", "exercise_session_id", "local_date", "answered_at", "card_version"
        )
        self.mornings = Table(MorningCheck, "patient_id", "local_date", "swelling", "answered_at")
        self.weeks = Table(WeeklyCheck, "patient_id", "week_starts_on", "change", "answered_at")
        self.messages = Table(
            Message,
            *("id", "patient_id", "exercise_session_id", "is_from_patient", "author_id", "body", "sent_at"),
            *("read_by_id", "read_at"),
        )
        self.corrections = Table(
            Correction,
            *("exercise_session_id", "exercise_set_id", "what", "value", "reason", "corrected_by_id", "corrected_at"),
        )
        self.alerts = Table(
            Alert,
            *("id", "patient_id", "kind", "level", "rules_version", "rule_set_id", "opened_at"),
            *("seen_by_id", "seen_at", "resolved_by_id", "resolved_at", "resolution"),
        )
        self.evidence = Table(
            AlertEvidence,
            *("alert_id", "what", "local_date", "exercise_session_id", "side", "value", "limit", "added_at"),
        )
        self.evaluations = Table(
            ReadinessEvaluation,
            *("id", "patient_id", "prescription_id", "local_date", "rule_set_id", "rules_version", "made_at"),
        )
        self.criteria = Table(ReadinessCriterion, "evaluation_id", "key", "verdict", "value", "limit", "of")
        self.requests = Table(
            StageRequest,
            *("id", "patient_id", "stage_id", "evaluation_id", "message", "status", "requested_at"),
            *("decided_by_id", "decided_at", "decision_note", "decision_evaluation_id"),
        )

    @property
    def tables(self) -> list[Table]:
        """Return all tables, each after those that it refers to."""
        return [value for value in vars(self).values() if isinstance(value, Table)]

    def write_all(self, lives: Iterable[Life], cursor: Any) -> None:
        """Write lives, some at a time; `cursor` is one of psycopg's."""
        for batch in in_batches(lives, PATIENTS_AT_ONCE):
            for life in batch:
                _Rows(self, life)
            for table in self.tables:
                table.write(cursor)

    @contextmanager
    def without_history(self, owner: psycopg.Connection[Any]) -> Iterator[psycopg.Cursor[Any]]:
        """Return a cursor of the owner role, for whom no trigger of ours runs meanwhile."""
        with owner.cursor() as cursor:
            for table in self.tables:
                cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table.name)))
            try:
                yield cursor
            finally:
                for table in self.tables:
                    cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table.name)))


class _Rows:
    """The rows of one life."""

    def __init__(self, writer: Writer, life: Life) -> None:
        self.to, self.life, self.account = writer, life, life.account
        self.stages = writer.stages
        self.follows = Consequences(life, writer.stages, writer.clinic.values)
        self.user_id = writer.users.next_id()
        self.rule_set_id = writer.clinic.pk
        self.own_rule_set_id: int | None = None
        self.given: list[tuple[int, facts.Prescribed]] = []
        self.first_sets: dict[UUID, tuple[UUID, ...]] = {}
        self.waiting: list[int] = []
        self._person()
        self._prescriptions()
        for fact in life.facts:
            self.add(fact)
        self._alerts()
        for counted in self.follows.kept:
            self._evaluation(counted)

    def _person(self) -> None:
        account, to = self.account, self.to
        to.users.add(self.user_id, account.email, account.name, to.password_hash, account.created_at)
        found = next((fact.at for fact in self.life.facts if isinstance(fact, facts.MuscleFound)), None)
        to.patients.add(
            *(account.id, account.name, account.birth_date, account.side, account.time_zone, to.by.pk, self.user_id),
            *(found, account.created_at, account.morning, account.evening),
        )

    def _prescriptions(self) -> None:
        made: list[list[Any]] = []
        for fact in self.life.facts:
            if isinstance(fact, facts.Prescribed | facts.Mastered):
                reason = "superseded" if isinstance(fact, facts.Prescribed) else "mastered"
                day = fact.starts_on if isinstance(fact, facts.Prescribed) else fact.on
                for row in made:
                    if row[0].stage_number == fact.stage_number and row[1] is None:
                        row[1:] = [day, reason, self.to.by.pk, fact.at]
            if isinstance(fact, facts.Prescribed):
                made.append([fact, None, "", None, None])
        for fact, *end in made:
            stage, key = self.to.rows[fact.stage_number], self.to.prescriptions.next_id()
            depth = (fact.depth.rung, fact.depth.pain_limit) if fact.depth else (None, None)
            self.to.prescriptions.add(
                *(key, self.account.id, stage.pk, stage.version.programme_id, stage.key, fact.side, fact.starts_on),
                *(fact.note, self.to.by.pk, fact.at, *end, *depth),
                *(getattr(fact.dose, name) for name in (*DOSE, "sessions_per_day")),
            )
            self.given.append((key, fact))
            is_change = any(row.stage_number == fact.stage_number for _key, row in self.given[:-1])
            self._decide("changed" if is_change else "prescribed", key, fact.starts_on, fact.at)
            ended_on, reason, _by, ended_at = end
            if reason == "mastered":
                self._decide(reason, key, ended_on, ended_at)
        if self.given:
            to, first = self.to, self.given[0][1]
            young = is_minor(self.account.birth_date, first.starts_on)
            guardian = GUARDIAN if young else ""
            to.eligibility.add(self.account.id, ELIGIBILITY_VERSION, young, guardian, to.by.pk, first.at)

    def _decide(self, kind: str, key: int, day: Any, at: datetime) -> None:
        self.to.decisions.add(uuid4(), self.account.id, kind, key, day, self.to.by.pk, at)

    @singledispatchmethod
    def add(self, fact: object) -> None:
        """Add the rows of one fact; some have theirs elsewhere."""

    # --- decisions -------------------------------------------------------------------------------------------------
    @add.register
    def _(self, fact: facts.LimitsSet) -> None:
        self.own_rule_set_id = self.to.rule_sets.next_id()
        values = (*vars(fact.values.limits).values(), *vars(fact.values.criteria).values())
        self.to.rule_sets.add(
            *(self.own_rule_set_id, self.account.id, 1, str(preset_of(fact.values)), self.to.by.pk, fact.at), *values
        )

    # --- sessions --------------------------------------------------------------------------------------------------
    @add.register
    def _(self, fact: facts.SatDown) -> None:
        stop = fact.stopped or facts.Stopped(fact.at, "" if fact.is_safe else "red_flag")
        self._session(
            *(fact.id, fact.day, fact.slot, fact.at, fact.is_safe, stop.reason, stop.note, fact.ended_at),
            *(fact.effort, fact.overridden_at, "live", None, None),
        )
        done = fact.sets or tuple(facts.SetDone(fact.at, number, side, ()) for number, side in fact.planned)
        keys = []
        for order, row in enumerate(done, start=1):
            begun_at = row.begun_at if row.reps else None
            keys.append(self._set(fact.id, order, row.prescription, row.side, begun_at, None, row.felt, row.depth))
            for rep in row.reps:
                outcome = rep.outcome.value
                self.to.reps.add(rep.id, keys[-1], rep.number, rep.held_ms, outcome, fact.method, rep.at, rep.at)
        self.first_sets[fact.id] = tuple(keys)
        for told in (*fact.before, *fact.worst):
            self._rate(fact.id, fact.day, told.moment, told.side, told.value, told.at)
        if not fact.is_safe:
            self.to.flags.add(self.account.id, fact.id, fact.day, fact.safety_at, CARD_VERSION)

    @add.register
    def _(self, fact: facts.OnPaper) -> None:
        at = paper_hour(fact, self.account.time_zone)
        self._session(fact.id, fact.day, fact.slot, at, None, "", "", at, None, None, "paper", fact.at, self.user_id)
        for order, (number, side, reps) in enumerate(fact.sets, start=1):
            key = self._set(fact.id, order, number, side, at, at, "yes", None)
            for count in range(1, reps + 1):
                rep_id = uuid5(fact.id, f"{order}/{count}")
                self.to.reps.add(rep_id, key, count, None, Outcome.OK.value, "manual", at, fact.at)
        for moment, side, value in fact.pain:
            self._rate(fact.id, fact.day, moment, side, value, fact.at)
        self._message(uuid5(fact.id, "note"), fact.note, fact.at, session_id=fact.id)

    def _session(self, key: UUID, day: Any, slot: str, at: datetime, *rest: Any) -> None:
        zone = self.account.time_zone
        offset = local_moment(at, zone).utc_offset_minutes
        self.to.sessions.add(key, self.account.id, day, zone, offset, str(slot), at, *rest)

    def _set(
        self,
        session_id: UUID,
        order: int,
        number: int,
        side: str,
        begun_at: datetime | None,
        finished_at: datetime | None,
        felt: str,
        depth: int | None,
    ) -> UUID:
        key = uuid5(session_id, str(order))
        prescription_id, given = self.given[number]
        dose, squat = given.dose, given.depth
        self.to.sets.add(
            *(key, session_id, order, prescription_id, self.to.rows[given.stage_number].pk, side),
            *(dose.reps_min, dose.reps_max, dose.reps_target, dose.hold_target_seconds * 1000),
            *(begun_at, finished_at, felt, squat and squat.rung, squat and squat.pain_limit, depth),
        )
        return key

    def _rate(self, session_id: UUID | None, day: Any, moment: str, side: str, value: int | None, at: datetime) -> None:
        status = "skipped" if value is None else "answered"
        self.to.ratings.add(self.account.id, session_id, day, moment, side, status, value, at)

    @add.register
    def _(self, fact: facts.Corrected) -> None:
        set_id = self.first_sets[fact.session_id][fact.order - 1]
        self.to.corrections.add(fact.session_id, set_id, "reps", fact.value, fact.reason, self.user_id, fact.at)

    # --- words -----------------------------------------------------------------------------------------------------
    @add.register
    def _(self, fact: facts.MorningTold) -> None:
        for side, value in fact.pain:
            self._rate(None, fact.day, "morning", side, value, fact.at)
        self.to.mornings.add(self.account.id, fact.day, fact.swelling, fact.at)

    @add.register
    def _(self, fact: facts.HourLaterTold) -> None:
        self._rate(fact.session_id, fact.day, "hour_later", fact.side, fact.value, fact.at)

    @add.register
    def _(self, fact: facts.WeekTold) -> None:
        for moment, side, value in fact.pain:
            self._rate(None, fact.monday, moment, side, value, fact.at)
        self.to.weeks.add(self.account.id, fact.monday, fact.change, fact.at)

    @add.register
    def _(self, fact: facts.Wrote) -> None:
        if fact.is_from_patient:
            self._message(fact.id, fact.text, fact.at)
            return
        rows = self.to.messages.rows
        for place in self.waiting:
            row = list(rows[place])
            row[7:9] = [self.to.by.pk, fact.at]
            rows[place] = tuple(row)
        self.waiting.clear()
        is_from_patient, by = fact.is_from_patient, self.to.by.pk
        self.to.messages.add(fact.id, self.account.id, None, is_from_patient, by, fact.text, fact.at, None, None)

    def _message(self, key: UUID, text: str, at: datetime, session_id: UUID | None = None) -> None:
        self.waiting.append(len(self.to.messages.rows))
        is_from_patient = True
        self.to.messages.add(key, self.account.id, session_id, is_from_patient, self.user_id, text, at, None, None)

    @add.register
    def _(self, fact: facts.AskedForStage) -> None:
        stage = next(row for row in self.to.rows.values() if row.key == fact.stage_key)
        declined = next(
            (one for one in self.life.facts if isinstance(one, facts.Declined) and one.request_id == fact.id), None
        )
        end = (self.to.by.pk, declined.at, declined.note) if declined else (None, None, "")
        self.to.requests.add(
            *(fact.id, self.account.id, stage.pk, self._evaluation(self.follows.counted[fact.id, False])),
            *(fact.message, "declined" if declined else "requested", fact.at, *end),
            self._evaluation(self.follows.counted[fact.id, True]) if declined else None,
        )

    # --- what follows ----------------------------------------------------------------------------------------------
    def _evaluation(self, counted: Counted) -> int:
        key = self.to.evaluations.next_id()
        self.to.evaluations.add(
            *(key, self.account.id, self.given[counted.prescription][0], counted.day),
            *(self._rules(is_own=counted.is_own), RULES_VERSION, counted.at),
        )
        for row in counted.readiness.criteria:
            self.to.criteria.add(key, row.key.value, row.verdict.value, row.value, row.limit, row.of)
        return key

    def _rules(self, *, is_own: bool) -> int | None:
        return self.own_rule_set_id if is_own else self.rule_set_id

    def _alerts(self) -> None:
        by = self.to.by.pk
        for alert in self.follows.alerts:
            key, is_sign, closed = self.to.alerts.next_id(), alert.kind is AlertKind.RED_FLAG, alert.closed
            end = (by, closed.at, by, closed.at, closed.words) if closed else (None, None, None, None, "")
            self.to.alerts.add(
                *(key, self.account.id, alert.kind.value, LEVEL_OF[alert.kind].value, RULES_VERSION),
                *(None if is_sign else self._rules(is_own=alert.is_own), alert.opened_at, *end),
            )
            known: set[tuple[Any, ...]] = set()
            for row, at in alert.evidence:
                if isinstance(row, UUID):
                    self.to.evidence.add(key, "sign", alert.flag_day, row, "", None, None, at)
                    continue
                fact = (row.what, row.local_date, row.session_id, row.side, row.value)
                if fact not in known:
                    known.add(fact)
                    self.to.evidence.add(key, *fact[:4], row.value, row.limit, at)

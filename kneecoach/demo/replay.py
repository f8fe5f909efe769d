"""Facts sent through the services of real use, one after the other, each at its own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from django.db.models import QuerySet

from exercises.models import Prescription, Stage
from exercises.services import Prescribing, confirm_eligibility, end_prescription, prescribe
from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.services import confirm_vmo_found, open_account
from kneecoach.demo import facts
from kneecoach.demo.people import GUARDIAN
from progress import services
from progress.models import Alert, ExerciseSession, ExerciseSet, StageRequest

PROGRAMME, VERSION = "kneecap", 1


def load_stages() -> dict[int, facts.StagePlan]:
    """Return the stages of the programme that everybody here does, by number."""
    return {
        row.number: facts.StagePlan(
            row.number,
            row.key,
            row.dose,
            row.is_one_legged,
            row.is_squat,
            tuple(phase.timed for phase in row.phases.all()),
        )
        for row in _stages().prefetch_related("phases")
    }


def _stages() -> QuerySet[Stage]:
    return Stage.objects.select_related("version__programme").filter(
        version__programme__key=PROGRAMME, version__number=VERSION
    )


def replay(life: facts.Life, *, physiotherapist: User, password_hash: str) -> Patient:
    """Make the patient, and let everything happen to them that happened, in order."""
    account = life.account
    patient = Patient.objects.create(
        id=account.id,
        name=account.name,
        birth_date=account.birth_date,
        side=account.side,
        time_zone=account.time_zone,
        morning_time=account.morning,
        evening_time=account.evening,
        lead_physiotherapist=physiotherapist,
        created_at=account.created_at,
    )
    user = open_account(patient, email=account.email)
    User.objects.filter(pk=user.pk).update(password=password_hash, date_joined=account.created_at)
    actor = _Replay(patient, user, physiotherapist, {row.number: row for row in _stages()})
    for fact in life.facts:
        actor.do(fact)
    return patient


@dataclass
class _Replay:
    """One patient, for whom each fact leads to the services that a page would call."""

    patient: Patient
    user: User
    by: User
    stages: Mapping[int, Stage]

    @singledispatchmethod
    def do(self, fact: object) -> None:
        """Do what a fact says."""
        raise NotImplementedError(fact)

    # --- decisions -------------------------------------------------------------------------------------------------
    @do.register
    def _(self, fact: facts.Prescribed) -> None:
        confirm_eligibility(patient=self.patient, today=fact.starts_on, by=self.by, now=fact.at, guardian_name=GUARDIAN)
        asked = Prescribing(
            patient=self.patient,
            stage=self.stages[fact.stage_number],
            dose=fact.dose,
            side=fact.side,
            starts_on=fact.starts_on,
            depth=fact.depth,
            note=fact.note,
        )
        prescribe(asked, by=self.by, now=fact.at)

    @do.register
    def _(self, fact: facts.Mastered) -> None:
        current = Prescription.objects.of(self.patient).active().get(stage=self.stages[fact.stage_number])
        mastered = Prescription.EndReason.MASTERED
        end_prescription(prescription=current, reason=mastered, on=fact.on, by=self.by, now=fact.at)

    @do.register
    def _(self, fact: facts.MuscleFound) -> None:
        confirm_vmo_found(self.patient, now=fact.at)

    @do.register
    def _(self, fact: facts.LimitsSet) -> None:
        services.set_rules(patient=self.patient, values=fact.values, by=self.by, now=fact.at)

    @do.register
    def _(self, fact: facts.AlertsClosed) -> None:
        alerts = Alert.objects.open().filter(patient=self.patient).exclude(kind=Alert.Kind.RED_FLAG)
        for alert in alerts.order_by("opened_at", "pk"):
            services.resolve_alert(alert=alert, resolution=fact.words, by=self.by, now=fact.at)

    @do.register
    def _(self, fact: facts.Declined) -> None:
        request = StageRequest.objects.of(self.patient).get(pk=fact.request_id)
        status = StageRequest.Status.DECLINED
        services.answer_request(request=request, status=status, note=fact.note, by=self.by, now=fact.at)

    # --- sessions --------------------------------------------------------------------------------------------------
    @do.register
    def _(self, fact: facts.SatDown) -> None:
        session = services.start_session(patient=self.patient, session_id=fact.id, now=fact.at)
        services.answer_safety(session=session, is_safe=fact.is_safe, now=fact.safety_at)
        if not fact.is_safe:
            return
        self._rate(session, fact.before)
        if fact.overridden_at:
            services.override_pain_limit(session=session, now=fact.overridden_at)
        rows = list(session.sets.select_related("exercise_session", "stage").order_by("order"))
        for row, done in zip(rows, fact.sets, strict=True):
            self._do_set(row, done, fact.method)
        if fact.stopped:
            stop = fact.stopped
            services.stop_session(session=session, reason=stop.reason, note=stop.note, now=stop.at)
        self._rate(session, fact.worst)
        for row, done in zip(rows, fact.sets, strict=True):
            if done.felt_at:
                services.answer_felt(exercise_set=row, felt=done.felt, now=done.felt_at)
                if done.depth is not None:
                    services.answer_depth(exercise_set=row, depth=done.depth, now=done.felt_at)
        if fact.effort_at:
            services.answer_effort(session=session, effort=fact.effort, note="", now=fact.effort_at)

    def _rate(self, session: ExerciseSession, rated: tuple[facts.Rated, ...]) -> None:
        for row in rated:
            services.rate_pain(session=session, moment=row.moment, side=row.side, value=row.value, now=row.at)

    def _do_set(self, row: ExerciseSet, done: facts.SetDone, method: str) -> None:
        services.begin_set(exercise_set=row, now=done.begun_at)
        for rep in done.reps:
            claim = services.RepClaim(
                rep_id=rep.id,
                number=rep.number,
                held_ms=rep.held_ms,
                paused_ms=0,
                outcome=rep.outcome,
                method=method,
                done_at=rep.at,
            )
            services.record_rep(exercise_set=row, claim=claim, now=rep.at)

    @do.register
    def _(self, fact: facts.OnPaper) -> None:
        numbers = list(
            Prescription.objects.of(self.patient).order_by("prescribed_at", "pk").values_list("pk", flat=True)
        )
        entry = services.LaterEntry(
            session_id=fact.id,
            day=fact.day,
            slot=fact.slot,
            is_from_paper=True,
            sets=tuple(
                services.LaterSet(numbers[number], side, reps, ExerciseSet.Felt.YES) for number, side, reps in fact.sets
            ),
            pain={(moment, side): value for moment, side, value in fact.pain},
            note=fact.note,
        )
        services.enter_session(patient=self.patient, entry=entry, by=self.user, now=fact.at)

    @do.register
    def _(self, fact: facts.Corrected) -> None:
        session = ExerciseSession.objects.of(self.patient).get(pk=fact.session_id)
        row = session.sets.get(order=fact.order)
        change = services.Change(f"reps-{row.pk}", value=fact.value)
        services.correct(session=session, changes=[change], reason=fact.reason, by=self.user, now=fact.at)

    # --- words -----------------------------------------------------------------------------------------------------
    @do.register
    def _(self, fact: facts.MorningTold) -> None:
        for side, value in fact.pain:
            services.rate_morning(patient=self.patient, side=side, value=value, now=fact.at)
        services.answer_swelling(patient=self.patient, swelling=fact.swelling, now=fact.at)

    @do.register
    def _(self, fact: facts.HourLaterTold) -> None:
        session = ExerciseSession.objects.of(self.patient).get(pk=fact.session_id)
        services.rate_hour_later(session=session, side=fact.side, value=fact.value, now=fact.at)

    @do.register
    def _(self, fact: facts.WeekTold) -> None:
        pain = {(moment, side): value for moment, side, value in fact.pain}
        answers = services.WeekAnswers(fact.monday, pain, fact.change)
        services.answer_week(patient=self.patient, answers=answers, now=fact.at)

    @do.register
    def _(self, fact: facts.Wrote) -> None:
        if not fact.is_from_patient:
            services.mark_read(patient=self.patient, by=self.by, is_by_patient=False, up_to=fact.at, now=fact.at)
        services.send_message(
            patient=self.patient,
            message_id=fact.id,
            body=fact.text,
            author=self.user if fact.is_from_patient else self.by,
            is_from_patient=fact.is_from_patient,
            now=fact.at,
        )

    @do.register
    def _(self, fact: facts.AskedForStage) -> None:
        services.ask_for_stage(
            patient=self.patient,
            request_id=fact.id,
            stage_key=fact.stage_key,
            message=fact.message,
            now=fact.at,
        )

"""Alerts: opened by the rules whenever pain is recorded, or with a warning sign. Only a person closes one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kneecoach.accounts.models import Patient
from progress.evidence import known_evidence
from progress.facts import moment_of
from progress.history import PAIN_DAYS, load_pain, rule_set_of
from progress.models import Alert, AlertEvidence, RedFlagReport, RuleSet
from progress.rules.advice import Evidence
from progress.rules.alerts import LEVEL_OF, AlertCall, AlertKind, alerts_called_for
from progress.rules.limits import RULES_VERSION
from progress.services.locking import lock_patient
from progress.switches import alerts_are_on


def refresh_alerts(*, patient: Patient, now: datetime) -> None:
    """Open what today's pain calls for, or add to it. The same facts again change nothing.

    Runs inside the transaction that has recorded the pain. `now` is when it was told, so that what a phone kept for
    some days counts as of then. New evidence makes an alert unseen again. Nothing where alerts are switched off.
    """
    if not alerts_are_on():
        return
    today = moment_of(patient, now).local_date
    pain = load_pain(patient, today - timedelta(days=PAIN_DAYS), today)
    rule_set = rule_set_of(patient)
    calls = alerts_called_for(today, pain, rule_set.values.limits)
    if calls:
        lock_patient(patient)
    for call in calls:
        known = known_evidence(patient, call.kind, today)
        news = [row for row in call.evidence if not any(row.repeats(seen) for seen in known)]
        if news:
            _add(patient, call, news, rule_set, now)


def alert_warning_sign(*, report: RedFlagReport, now: datetime) -> None:
    """Tell the physiotherapists of a warning sign. Called once, with the report itself."""
    if not alerts_are_on():
        return
    lock_patient(report.patient)
    alert = _open(report.patient, AlertKind.RED_FLAG, None, now)
    _write(
        AlertEvidence(
            alert=alert,
            what=AlertEvidence.What.SIGN,
            local_date=report.local_date,
            exercise_session=report.exercise_session,
            added_at=now,
        )
    )


def _add(patient: Patient, call: AlertCall, news: Iterable[Evidence], rule_set: RuleSet, now: datetime) -> None:
    is_open = Alert.objects.filter(patient=patient, kind=call.kind).open().exists()
    alert = _open(patient, call.kind, rule_set, now)
    # An alert that is opened holds all that the rule saw; later only what is new comes to it.
    for row in news if is_open else call.evidence:
        _write(
            AlertEvidence(
                alert=alert,
                what=row.what,
                local_date=row.local_date,
                exercise_session_id=row.session_id,  # type: ignore[misc]
                side=row.side,
                value=row.value,
                limit=row.limit,
                added_at=now,
            )
        )


def _open(patient: Patient, kind: AlertKind, rule_set: RuleSet | None, now: datetime) -> Alert:
    """Return the open alert of a kind, unseen; a new one where there is none."""
    alert = Alert.objects.filter(patient=patient, kind=kind).open().first()
    if alert is None:
        return Alert.objects.create(
            patient=patient,
            kind=kind,
            level=LEVEL_OF[kind],
            rules_version=RULES_VERSION,
            rule_set=rule_set,
            opened_at=now,
        )
    if alert.seen_at is not None:
        alert.seen_by = alert.seen_at = None
        alert.save(update_fields=["seen_by", "seen_at"])
    return alert


def _write(evidence: AlertEvidence) -> None:
    AlertEvidence.objects.bulk_create([evidence], ignore_conflicts=True)

"""What a patient reads about their pain: the advice that the limits call for, and who set them."""

from dataclasses import dataclass
from datetime import datetime

from kneecoach.accounts.models import Patient
from progress.evidence import resolved_evidence
from progress.facts import moment_of
from progress.history import rule_set_of
from progress.models import RuleSet
from progress.recent import load_recent_pain
from progress.rules.advice import Advice, advise
from progress.rules.pain import PainHistory
from progress.switches import pain_advice_is_on


@dataclass(frozen=True)
class Told:
    """Advice, heaviest first, and the limits that it comes from."""

    advice: tuple[Advice, ...]
    rule_set: RuleSet

    @property
    def pauses(self) -> bool:
        """Tell whether the patient is asked to pause."""
        return any(row.pauses_reminders for row in self.advice)

    @property
    def offers_minimum(self) -> bool:
        """Tell whether the fewest repetitions that were prescribed are offered."""
        return any(row.offers_minimum for row in self.advice)


def load_advice(
    patient: Patient,
    now: datetime,
    *,
    pain: PainHistory | None = None,
    rule_set: RuleSet | None = None,
    has_resolved: bool = True,
) -> Told | None:
    """Return what a patient's pain calls for now; None where nothing is known or advice is switched off.

    Three queries; one less each where the pain of the last two weeks or the limits are loaded already, or where it is
    known that a physiotherapist has closed nothing: what they have closed pauses nothing any more.
    """
    if not pain_advice_is_on():
        return None
    today = moment_of(patient, now).local_date
    pain = pain or load_recent_pain(patient, today).history
    rule_set = rule_set or rule_set_of(patient)
    resolved = resolved_evidence(patient, today) if has_resolved else ()
    advice = advise(today, pain, rule_set.values.limits, resolved=resolved)
    return Told(advice, rule_set) if advice else None

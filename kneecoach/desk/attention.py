"""What of one patient waits for somebody: warning signs, alerts, a request, unread notes."""

from dataclasses import dataclass

from django.db.models import Case, When

from kneecoach.accounts.models import DataRequest, Patient
from progress.models import Alert, Message, RedFlagReport, StageRequest
from progress.requesting import open_request_of, standing_answer_of
from progress.switches import alerts_are_on


@dataclass(frozen=True)
class Attention:
    """Everything that is open."""

    red_flags: tuple[RedFlagReport, ...]
    alerts: tuple[Alert, ...]
    request: StageRequest | None
    # A request that was approved, while the stage is not prescribed yet.
    approved: StageRequest | None
    unread: int
    # What the patient asks about their data.
    data_request: DataRequest | None = None

    @property
    def level(self) -> str:
        """Return how soon somebody should look: of the most pressing thing; empty where nothing waits."""
        if self.red_flags or any(alert.level == Alert.Level.HIGH for alert in self.alerts):
            return "high"
        return "review" if self.alerts or self.request or self.approved or self.unread or self.data_request else ""


def load_attention(patient: Patient) -> Attention:
    """Load what is open of one patient. At most nine queries, whatever there is."""
    alerts: tuple[Alert, ...] = ()
    if alerts_are_on():
        pressing = Case(When(level=Alert.Level.HIGH, then=0), When(level=Alert.Level.REVIEW, then=1), default=2)
        rows = Alert.objects.open().filter(patient=patient).select_related("seen_by", "rule_set__made_by")
        # A warning sign stands here as what was reported.
        alerts = tuple(
            rows.exclude(kind=Alert.Kind.RED_FLAG)
            .prefetch_related("evidence__exercise_session")
            .order_by(pressing, "-opened_at")
        )
    answer = standing_answer_of(patient)
    return Attention(
        red_flags=tuple(RedFlagReport.objects.filter(patient=patient).open().prefetch_related("signs")),
        alerts=alerts,
        request=open_request_of(patient),
        approved=answer if answer and answer.status == StageRequest.Status.APPROVED else None,
        data_request=DataRequest.objects.of(patient).open().first(),
        unread=Message.objects.of(patient).from_patients().unread().count(),
    )

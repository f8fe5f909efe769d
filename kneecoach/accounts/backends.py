"""Who asks: the account that is logged in and the patient that it belongs to, which nearly every request needs."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import OuterRef, QuerySet, Subquery

from kneecoach.accounts.models import Consent, Patient, User
from kneecoach.prepared import Prepared


def _account(user: int) -> "QuerySet[User]":
    newest = Consent.objects.filter(patient__user=OuterRef("pk")).order_by("-agreed_at", "-id")
    agreed_version = Subquery(newest.values("version")[:1])
    return User.objects.filter(pk=user).select_related("patient").annotate(agreed_version=agreed_version)


ACCOUNT = Prepared[User](_account, -1)


class PatientBackend(AuthenticationBackend):
    """Logs in as allauth does, and loads with the account its patient."""

    def get_user(self, user_id: int) -> User | None:
        """Return the account, unless it is closed. One query, after which `patient_of` needs none."""
        user = next(iter(ACCOUNT(user_id)), None)
        if user is None or not self.user_can_authenticate(user):
            return None
        patient: Patient | None = getattr(user, "patient", None)
        if patient is not None:
            patient.agreed_version = user.agreed_version  # type: ignore[attr-defined]
        return user

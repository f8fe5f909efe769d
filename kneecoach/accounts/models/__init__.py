"""People and the clinic: users, patients, invitations, the clinic's settings and the log of what staff read."""

from kneecoach.accounts.models.clinic import AccessLog, ClinicSettings
from kneecoach.accounts.models.invitations import Consent, Invitation
from kneecoach.accounts.models.people import (
    Patient,
    PatientQuerySet,
    Side,
    User,
    UserManager,
    UserRole,
    validate_zone,
)

__all__ = [
    "AccessLog",
    "ClinicSettings",
    "Consent",
    "Invitation",
    "Patient",
    "PatientQuerySet",
    "Side",
    "User",
    "UserManager",
    "UserRole",
    "validate_zone",
]

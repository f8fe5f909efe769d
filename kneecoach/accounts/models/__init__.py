"""People and the clinic: users, patients, invitations, the clinic's settings and the log of what staff read."""

from kneecoach.accounts.models.clinic import AccessLog, ClinicSettings
from kneecoach.accounts.models.devices import Device
from kneecoach.accounts.models.invitations import Invitation
from kneecoach.accounts.models.people import (
    Patient,
    PatientQuerySet,
    Side,
    Stopped,
    User,
    UserManager,
    UserRole,
    validate_zone,
)
from kneecoach.accounts.models.rights import Consent, DataRequest

__all__ = [
    "AccessLog",
    "ClinicSettings",
    "Consent",
    "DataRequest",
    "Device",
    "Invitation",
    "Patient",
    "PatientQuerySet",
    "Side",
    "Stopped",
    "User",
    "UserManager",
    "UserRole",
    "validate_zone",
]

"""What a patient's own export holds besides their record: the account, and who looked. Data, no logic."""

from allauth.mfa.models import Authenticator
from django.apps import apps

from kneecoach.accounts.models import AccessLog, Device, User
from progress.everything.columns_given import UTC, Kind

# Of a sibling, which none imports.
PUSH_DEVICE = apps.get_model("reminders", "PushDevice")
# The account of a patient without one is an empty file.
OWN_KINDS: tuple[Kind, ...] = (
    (
        "account",
        "what you log in with",
        User,
        "patient",
        (
            ("name", "name", "name"),
            ("email", "email", "e-mail; empty: none"),
            ("is_active", "is_active", "yes: the account is open"),
            ("since", "date_joined", UTC),
            ("last_log_in_at", "last_login", UTC),
        ),
    ),
    (
        "passkeys",
        "passkeys; the secret half of each stays on your device",
        Authenticator,
        "user__patient",
        (("kind", "type", "webauthn: a passkey"), ("made_at", "created_at", UTC), ("used_at", "last_used_at", UTC)),
    ),
    (
        "devices",
        "browsers in which you are logged in",
        Device,
        "user__patient",
        (
            ("browser", "browser", "what it calls itself; empty: it does not say"),
            ("system", "system", "phone or computer, as it calls itself"),
            ("logged_in_at", "began_at", UTC),
            ("seen_at", "seen_at", UTC),
            ("ends_at", "ends_at", UTC),
        ),
    ),
    (
        "push_devices",
        "browsers in which you are reminded",
        PUSH_DEVICE,
        "patient",
        (
            ("browser", "browser", "what it calls itself; empty: it does not say"),
            ("system", "system", "phone or computer, as it calls itself"),
            ("since", "made_at", UTC),
        ),
    ),
    (
        "looks",
        "each time somebody of the clinic saw or exported your data",
        AccessLog,
        "patient_id",
        (
            ("at", "at", UTC),
            ("who", "actor__name", "who looked"),
            ("what", "view", "what they looked at"),
            ("how", "how", "page, export or print"),
        ),
    ),
)

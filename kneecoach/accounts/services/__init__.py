"""What happens to people, one verb each. `now` is an argument; twice is the same as once."""

from kneecoach.accounts.services.accepting import AddressTaken, Agreement, InvitationClosed, WayIn, accept
from kneecoach.accounts.services.inviting import hash_of, invite, invite_by_mail, revoke
from kneecoach.accounts.services.people import (
    confirm_vmo_found,
    keep_zone,
    note_zone,
    open_account,
    set_day,
    set_zone,
)

__all__ = [
    "AddressTaken",
    "Agreement",
    "InvitationClosed",
    "WayIn",
    "accept",
    "confirm_vmo_found",
    "hash_of",
    "invite",
    "invite_by_mail",
    "keep_zone",
    "note_zone",
    "open_account",
    "revoke",
    "set_day",
    "set_zone",
]

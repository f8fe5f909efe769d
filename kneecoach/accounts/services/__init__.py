"""What happens to people, one verb each. `now` is an argument; twice is the same as once."""

from kneecoach.accounts.services.accepting import AddressTaken, Agreement, InvitationClosed, WayIn, accept
from kneecoach.accounts.services.devices import (
    begin_log_in,
    devices_of,
    end_all_log_ins,
    end_log_ins,
    end_other_log_ins,
    follow,
    limits_of,
    see,
)
from kneecoach.accounts.services.factors import (
    PROVING,
    add_passkey,
    factors_of,
    remove_factor,
    rename_passkey,
    renew_recovery_codes,
    reset_factors,
    set_up_app,
)
from kneecoach.accounts.services.inviting import hash_of, invite, invite_by_mail, revoke
from kneecoach.accounts.services.people import (
    confirm_vmo_found,
    keep_zone,
    note_zone,
    open_account,
    set_day,
    set_zone,
)
from kneecoach.accounts.services.rights import (
    agree_anew,
    answer_data_request,
    ask_about_data,
    take_data_request_back,
    withdraw_consent,
)

__all__ = [
    "PROVING",
    "AddressTaken",
    "Agreement",
    "InvitationClosed",
    "WayIn",
    "accept",
    "add_passkey",
    "agree_anew",
    "answer_data_request",
    "ask_about_data",
    "begin_log_in",
    "confirm_vmo_found",
    "devices_of",
    "end_all_log_ins",
    "end_log_ins",
    "end_other_log_ins",
    "factors_of",
    "follow",
    "hash_of",
    "invite",
    "invite_by_mail",
    "keep_zone",
    "limits_of",
    "note_zone",
    "open_account",
    "remove_factor",
    "rename_passkey",
    "renew_recovery_codes",
    "reset_factors",
    "revoke",
    "see",
    "set_day",
    "set_up_app",
    "set_zone",
    "take_data_request_back",
    "withdraw_consent",
]

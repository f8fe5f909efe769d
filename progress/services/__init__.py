"""What happens in a session, one verb each. Keyword-only; `now` is an argument; twice is the same as once."""

from progress.services.alerting import refresh_alerts
from progress.services.checking import (
    HOUR_LATER_CLOSED,
    MORNING_CLOSED,
    WEEK_CLOSED,
    CheckClosed,
    WeekAnswers,
    answer_swelling,
    answer_week,
    asks_about_hour_later,
    rate_hour_later,
    rate_morning,
)
from progress.services.correcting import Change, correct
from progress.services.counting import keep_long_stay
from progress.services.entering import LaterEntry, LaterSet, enter_session, load_enterable, sets_to_enter
from progress.services.locking import SessionClosed
from progress.services.messaging import mark_read, note_of, send_message, write_session_note
from progress.services.paper import SheetReceipt, enter_sheet
from progress.services.questions import answer_depth, answer_effort, answer_felt, rate_pain
from progress.services.reps import (
    Receipt,
    RepClaim,
    RepRow,
    Verdict,
    record_rep,
    standing_reps,
    store_rep,
    take_back_rep,
)
from progress.services.requesting import answer_request, ask_for_stage, put_answer_away, withdraw_request
from progress.services.reviewing import clear_red_flag, resolve_alert, see_alert
from progress.services.rule_setting import hand_back_rules, set_rules
from progress.services.sets import (
    begin_set,
    choose_minimum,
    finish_set,
    override_pain_limit,
    resume_session,
    stop_session,
)
from progress.services.signs import answer_safety, name_signs, report_warning_sign
from progress.services.starting import for_slot, open_session, sets_for, start_session

__all__ = [
    "HOUR_LATER_CLOSED",
    "MORNING_CLOSED",
    "WEEK_CLOSED",
    "Change",
    "CheckClosed",
    "LaterEntry",
    "LaterSet",
    "Receipt",
    "RepClaim",
    "RepRow",
    "SessionClosed",
    "SheetReceipt",
    "Verdict",
    "WeekAnswers",
    "answer_depth",
    "answer_effort",
    "answer_felt",
    "answer_request",
    "answer_safety",
    "answer_swelling",
    "answer_week",
    "ask_for_stage",
    "asks_about_hour_later",
    "begin_set",
    "choose_minimum",
    "clear_red_flag",
    "correct",
    "enter_session",
    "enter_sheet",
    "finish_set",
    "for_slot",
    "hand_back_rules",
    "keep_long_stay",
    "load_enterable",
    "mark_read",
    "name_signs",
    "note_of",
    "open_session",
    "override_pain_limit",
    "put_answer_away",
    "rate_hour_later",
    "rate_morning",
    "rate_pain",
    "record_rep",
    "refresh_alerts",
    "report_warning_sign",
    "resolve_alert",
    "resume_session",
    "see_alert",
    "send_message",
    "set_rules",
    "sets_for",
    "sets_to_enter",
    "standing_reps",
    "start_session",
    "stop_session",
    "store_rep",
    "take_back_rep",
    "withdraw_request",
    "write_session_note",
]

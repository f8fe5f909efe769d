"""What the files hold of a patient's prescriptions: what was given and decided. The rest is in columns.py."""

from django.db.models import Model

from exercises.models import Decision, Eligibility, Prescription, PrescriptionPause

# Name, what it is, model, how it belongs to the patient, and the columns: name, path, meaning and unit.
Kind = tuple[str, str, type[Model], str, tuple[tuple[str, str, str], ...]]

UTC = "date and time, UTC"

GIVEN: tuple[Kind, ...] = (
    (
        "prescriptions",
        "what was prescribed; a change of dose is a new row",
        Prescription,
        "patient",
        (
            ("prescription", "pk", "key"),
            ("stage", "stage__title", "name of the stage"),
            ("stage_key", "stage_key", "key of the stage, the same in every version of the programme"),
            ("knee", "side", "left, right or both"),
            ("reps_target", "reps_target", "repetitions prescribed in a set"),
            ("reps_min", "reps_min", "fewest repetitions for a set to count as done"),
            ("reps_max", "reps_max", "most repetitions in a set"),
            ("hold_target_seconds", "hold_target_seconds", "seconds of hold prescribed"),
            ("hold_min_seconds", "hold_min_seconds", "fewest seconds of hold"),
            ("hold_max_seconds", "hold_max_seconds", "most seconds of hold"),
            ("sessions_per_day", "sessions_per_day", "sessions a day"),
            ("depth", "depth", "rung of the squat's ladder, the higher the deeper; empty: no squat"),
            ("depth_pain_limit", "depth_pain_limit", "0 to 10: above this the patient goes less deep"),
            ("starts_on", "starts_on", "first day"),
            ("ended_on", "ended_on", "first day on which it no longer holds"),
            ("end_reason", "end_reason", "mastered, superseded (by a new dose) or stopped"),
            ("prescribed_at", "prescribed_at", UTC),
            ("prescribed_by", "prescribed_by__name", "who prescribed it"),
            ("ended_at", "ended_at", UTC),
            ("ended_by", "ended_by__name", "who ended it"),
            ("note", "note", "note for the patient"),
            ("override_reason", "override_reason", "why it was prescribed before the stages that it requires"),
        ),
    ),
    (
        "pauses",
        "days on which a prescription was not due",
        PrescriptionPause,
        "prescription__patient",
        (
            ("prescription", "prescription_id", "key, as in prescriptions.csv"),
            ("from_on", "from_on", "first day"),
            ("to_on", "to_on", "last day; empty: still open"),
            ("entered_at", "created_at", UTC),
        ),
    ),
    (
        "decisions",
        "what a physiotherapist decided about prescriptions, and what the patient was told",
        Decision,
        "patient",
        (
            ("decision", "pk", "key"),
            ("kind", "kind", "prescribed, changed, paused, resumed, mastered, stopped, moved_on or stepped_back"),
            ("prescription", "prescription_id", "key of the one that was made, or that it is about"),
            ("ended_prescription", "ended_id", "key of another one that ended by it"),
            ("from_on", "from_on", "first day it counts for"),
            ("to_on", "to_on", "last day of a pause; empty: open, or no pause"),
            ("why", "why", "why, for the record"),
            ("note", "note", "what the patient was told"),
            ("decided_at", "decided_at", UTC),
            ("decided_by", "decided_by__name", "by whom"),
            ("put_away_at", "put_away_at", f"{UTC}: when the patient had read it"),
        ),
    ),
    (
        "eligibility",
        "what was confirmed before the first stage",
        Eligibility,
        "patient",
        (
            ("version", "version", "version of the sentences that were confirmed"),
            ("is_minor", "is_minor", "yes: under 18 on that day"),
            ("guardian_name", "guardian_name", "the parent or guardian who agreed"),
            ("confirmed_at", "confirmed_at", UTC),
            ("confirmed_by", "confirmed_by__name", "by whom"),
        ),
    ),
)

"""The rows of the fault matrix (docs/faults.md) that are played under load, and what is wanted of each.

What is wanted stands beside what is measured. A run fails only at the generous bounds of tests/chaos/runs.py: those hold on
a machine that is busy with other work.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Aim:
    """Number in the fault matrix, and the wish in words."""

    number: str = ""
    words: str = ""


NO_AIM = Aim()
# By test.
AIMS = {
    "test_answers_swallowed": Aim("F8", "once"),
    "test_connections_cut": Aim("F9, F26", "gap 1 s"),
    "test_worker_killed": Aim("F10", "gap 0.3 s, well again in 1 s"),
    "test_whole_group_killed": Aim("F11", "gap 1.5 s, well again in 3 s"),
    "test_rolling_restart_of_three": Aim("F19", "no answer but yes"),
    "test_clock_set_back": Aim("F25", "nobody asks twice"),
    "test_postgres_restarts_at_once": Aim("F12", "gap 1.5 s, well again in 3 s, 503"),
    "test_no_connection_left": Aim("F16", "503 within 1 s"),
    "test_lock_is_held": Aim("F17", "503 within 3 s"),
    "test_one_patient_is_locked": Aim("F17", "503 within 3 s"),
    "test_migration_under_traffic": Aim("F18", "nobody asks twice"),
    "test_backup_under_load": Aim("F24", "restored in 2 min"),
    "test_disk_full": Aim("F15", "503, pages read, well again in 5 s"),
    "test_disk_of_the_log_full": Aim("F15", "503, well again in 5 s"),
    "test_tmp_full": Aim("F15", "nobody asks twice"),
    "test_worker_of_reminders_killed": Aim("F25", "none sent twice"),
    "test_mail_is_down": Aim("F25", "answered within 0.1 s"),
    "test_mail_server_is_silent": Aim("F25", "answered within 0.1 s"),
    "test_one_killed": Aim("F11", "no 503"),
    "test_restarted_one_by_one": Aim("F19", "no 503"),
    "test_rolling_update": Aim("F19", "no 503"),
    "test_database_killed": Aim("F12", "503"),
}

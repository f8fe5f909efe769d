"""Who saw and did what with one patient: the access log, and the history that the database writes by triggers."""

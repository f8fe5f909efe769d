"""The stages a patient was given, from the first to the last: with what dose, and how each ended."""

from exercises.access import in_readers_language
from exercises.models import Prescription
from kneecoach.accounts.models import Patient


def load_prescriptions(patient: Patient) -> list[Prescription]:
    """Return every prescription with who made and who ended it, the newest first. Two queries."""
    rows = Prescription.objects.of(patient).select_related("stage__version", "prescribed_by", "ended_by")
    found = list(rows.prefetch_related("pauses").order_by("-starts_on", "-prescribed_at", "-pk"))
    in_readers_language(row.stage for row in found)
    return found

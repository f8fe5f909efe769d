"""What a clinic may switch off: the software then displays and records, and says nothing of its own (clinical 4.5)."""

from django.conf import settings


def pain_advice_is_on() -> bool:
    """Tell whether pain is answered with the advice that the limits call for."""
    return bool(settings.PAIN_ADVICE)


def readiness_is_on() -> bool:
    """Tell whether the criteria for the next stage are counted and shown."""
    return bool(settings.READINESS)


def alerts_are_on() -> bool:
    """Tell whether alerts are opened and shown."""
    return bool(settings.ALERTS)

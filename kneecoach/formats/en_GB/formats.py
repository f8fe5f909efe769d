"""Dates and times as British clinics write them: the 24-hour clock. Names are Django's."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"

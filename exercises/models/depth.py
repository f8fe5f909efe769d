"""The ladder of squat depths: rungs by what a patient can see on the wall, for the programme gives no angle.

The source leaves the depth to comfort and asks for small steps. Stress behind the kneecap in a
squat grows with the bend (docs/rules.md, Sources), so deeper is more, and each rung is a decision of its own.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Depth(models.IntegerChoices):
    """How far the back slides down the wall, from the smallest bend on. Higher numbers are deeper."""

    UNLOCKED = 0, _("knees just bent")
    HAND = 1, _("one hand’s width down the wall")
    TWO_HANDS = 2, _("two hands’ width down the wall")
    HALFWAY = 3, _("halfway to a chair")
    CHAIR = 4, _("as low as a chair")

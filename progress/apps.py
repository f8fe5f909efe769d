from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgressConfig(AppConfig):
    """What was done: sessions, sets, repetitions and pain."""

    name = "progress"
    verbose_name = _("Progress")

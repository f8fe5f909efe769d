from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExercisesConfig(AppConfig):
    """What to do: the programme as data, and prescriptions."""

    name = "exercises"
    verbose_name = _("Exercises")

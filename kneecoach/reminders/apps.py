from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    """The worker: reminders, and jobs that are done by themselves."""

    name = "kneecoach.reminders"
    label = "reminders"
    verbose_name = _("Reminders")

    def ready(self) -> None:
        """Hear of log-ins that end."""
        from kneecoach.reminders import services  # noqa: PLC0415 -- models can be imported only now

        services.connect()

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """A person's rights over what is stored about them: what it is, their copy of it, and its end."""

    name = "kneecoach.privacy"
    label = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        """Register the check of the retention file."""
        from kneecoach.privacy import checks  # noqa: F401, PLC0415 -- checks register on import

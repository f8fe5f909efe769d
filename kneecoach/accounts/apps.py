from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People: who logs in, who exercises, who looked at what."""

    name = "kneecoach.accounts"
    label = "accounts"
    verbose_name = _("people")

    def ready(self) -> None:
        """Register our deployment checks."""
        from kneecoach import checks  # noqa: F401, PLC0415 -- checks register on import

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People: who logs in, who exercises, who looked at what."""

    name = "kneecoach.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Register our deployment checks, and hear of every log-in and of what changes one, whatever its way."""
        from kneecoach import checks, mail_later  # noqa: F401, PLC0415 -- checks register on import
        from kneecoach.accounts import log_ins, notices  # noqa: PLC0415 -- models can be imported only now

        log_ins.connect()
        notices.connect()
        mail_later.connect()

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HostingConfig(AppConfig):
    """What a host runs: the doctor, the first account, and what backups need to know of this version."""

    name = "kneecoach.hosting"
    label = "hosting"
    verbose_name = _("Hosting")

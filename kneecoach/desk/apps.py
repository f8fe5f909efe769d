from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """The physiotherapist's desk."""

    name = "kneecoach.desk"
    label = "desk"
    verbose_name = _("Desk")


class DeskAdminConfig(AdminConfig):
    """The admin, with our site in the place of the stock one."""

    default_site = "kneecoach.desk.site.DeskSite"

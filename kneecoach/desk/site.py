"""The admin site of the physiotherapists."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class DeskSite(admin.AdminSite):
    """The stock admin under our name."""

    site_header = _("Kneecoach desk")
    site_title = _("Kneecoach desk")
    index_title = _("Patients and prescriptions")
    site_url = None
    enable_nav_sidebar = False

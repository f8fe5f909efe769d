"""The admin site of the physiotherapists."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class DeskSite(admin.AdminSite):
    """The stock admin under our name."""

    site_header = _("Kneecoach desk")
    site_title = _("Kneecoach desk")
    index_title = _("Patients and prescriptions")
    site_url = None
    enable_nav_sidebar = False

    # One door for everybody, with its limits: the stock form would take passwords without any.
    login = method_decorator([login_not_required, secure_admin_login])(admin.AdminSite.login)

"""Accounts and the clinic in the admin, for the clinic's technical person."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.admin_base import FactsOnly
from kneecoach.accounts.models import AccessLog, ClinicSettings, User


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new account, known by its e-mail."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("email", "name")
        field_classes = {}


@admin.register(User)
class UserAdmin(StockUserAdmin):  # type: ignore[type-arg]
    """Accounts. Physiotherapists have no permission here: they open accounts by entering patients."""

    add_form = UserCreationForm
    form = UserChangeForm
    list_display = ("email", "name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep accounts: history and log name them. One that may no longer log in is made inactive."""
        return False


@admin.register(ClinicSettings)
class ClinicSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row about the clinic."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow the row to be made once."""
        return super().has_add_permission(request) and not ClinicSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep the row."""
        return False


@admin.register(AccessLog)
class AccessLogAdmin(FactsOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who read what, and when."""

    list_display = ("at", "actor", "view", "patient_id")
    list_filter = ("view",)
    list_select_related = ("actor",)
    search_fields = ("patient_id__exact", "actor__email", "actor__name")

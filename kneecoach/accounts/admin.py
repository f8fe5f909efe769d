"""Accounts in the admin, and the log of what staff read."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from allauth.account import admin as address_admin
from allauth.mfa import admin as passkey_admin
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kneecoach.accounts import services
from kneecoach.accounts.admin_base import FactsOnly, LogsReads, OwnFilters
from kneecoach.accounts.admin_forms import ColleagueChangeForm, ColleagueCreationForm, UserCreationForm
from kneecoach.accounts.models import AccessLog, User
from kneecoach.accounts.notices import Change, tell
from kneecoach.accounts.roles import ROLES

# Addresses and passkeys are the log-in's own rows: who is locked out is sent a code or invited again.
# Importing allauth's modules first lets it register them now, and not after us.
for _model in (address_admin.EmailAddress, passkey_admin.Authenticator, Group):
    admin.site.unregister(_model)

ROLES_TOLD = gettext_lazy(
    "Physiotherapists look after patients. Clinic managers keep accounts and clinic settings and read who saw and did "
    "what. Auditors only read that. Who gives or takes a role stands in the history for good."
)

OWN_TOLD = gettext_lazy(
    "Your own password and e-mail are changed under Log-in and devices, which asks once more who you are."
)


def is_technical(request: HttpRequest) -> bool:
    """Tell whether this is the clinic's technical person, who may change every account."""
    return cast(User, request.user).is_superuser


@admin.register(User)
class UserAdmin(LogsReads, StockUserAdmin):  # type: ignore[type-arg]
    """Accounts: all of them for the technical person, those of staff for a clinic manager.

    A manager gives roles to others and takes them back, but never to themselves, and gets into no account that is
    there: neither its password nor its e-mail is theirs to set. Nobody changes here how they log in themselves: the desk
    may stand open. Every change is kept in an append-only history.
    """

    add_form = UserCreationForm
    form = UserChangeForm
    list_display = ("email", "name", "roles", "is_staff", "is_active")
    list_filter = ("is_active", "groups", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    own_fieldsets = ((None, {"fields": ("email", "name", "password"), "description": OWN_TOLD}), fieldsets[1])
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    actions = ("end_log_ins", "reset_second_factor")
    colleague_fieldsets = (
        (None, {"fields": ("email", "name")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "groups"), "description": ROLES_TOLD}),
    )
    colleague_add_fieldsets = (
        (None, {"fields": ("email", "name")}),
        (gettext_lazy("Rights"), {"fields": ("groups",), "description": ROLES_TOLD}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Show a manager the accounts of staff only: those of patients are none of theirs."""
        accounts = super().get_queryset(request).select_related("patient").prefetch_related("groups")
        return accounts if is_technical(request) else accounts.filter(is_staff=True)

    def patient_id_of(self, obj: User) -> UUID | None:
        """Return which patient logs in with it; None for staff."""
        patient = getattr(obj, "patient", None)
        return patient.pk if patient else None

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, account: User) -> str:
        """Return the groups."""
        return ", ".join(group.name for group in account.groups.all()) or "–"

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out what only the technical person may set."""
        if is_technical(request):
            return self.own_fieldsets if obj == request.user else super().get_fieldsets(request, obj)
        return self.colleague_fieldsets if obj else self.colleague_add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show where the codes go to; a manager cannot lead them elsewhere, and nobody their own."""
        return () if obj is None or (is_technical(request) and obj != request.user) else ("email",)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 -- Django's signature
        """Take the manager's forms for whoever is not the technical person."""
        if not is_technical(request):
            kwargs["form"] = ColleagueChangeForm if obj else ColleagueCreationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let a manager choose among the roles, each with its box."""
        if db_field.name == "groups" and not is_technical(request):
            kwargs |= {"queryset": Group.objects.filter(name__in=ROLES), "widget": forms.CheckboxSelectMultiple}
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            field.label, field.help_text = _("Roles"), ""
        return field

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep managers from their own account, and from the technical person's."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or is_technical(request) or may_be_managed(obj, by=cast(User, request.user))

    @admin.action(description=gettext_lazy("Reset the second factor"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Take away what somebody has lost; they set up a new one when they log in next. Each stands in the history."""
        for account in self._changeable(request, queryset):
            services.reset_factors(account)
            self.log_change(request, account, "Reset the second factor.")
            messages.success(request, _("%(name)s sets up a new second factor at the next log-in.") % {"name": account})

    @admin.action(description=gettext_lazy("Log out everywhere"), permissions=["change"])
    def end_log_ins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End every log-in of an account, such as on a device that was stolen. Each stands in the history."""
        for account in self._changeable(request, queryset):
            count = services.end_all_log_ins(account)
            self.log_change(request, account, "Ended all log-ins.")
            messages.success(
                request, _("%(name)s is logged out everywhere (%(count)s).") % {"name": account, "count": count}
            )

    def _changeable(self, request: HttpRequest, queryset: QuerySet[User]) -> Iterator[User]:
        """Yield the accounts that are somebody's to change; say of the others that they are not."""
        for account in queryset:
            if account == request.user:
                messages.error(request, _("%(name)s: change your own under Log-in and devices.") % {"name": account})
            elif self.has_change_permission(request, account):
                yield account
            else:
                messages.error(request, _("%(name)s: not yours to change.") % {"name": account})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Save; whoever may no longer log in is logged out, and stays so if they may again one day.

        With another address nothing that the one from before has opened, or could still open, goes on.
        """
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            services.end_all_log_ins(obj)
        if change and "email" in form.changed_data:
            services.revoke_mailed(obj, by=cast(User, request.user), now=timezone.now())
            services.end_other_log_ins(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep accounts: history and log name them. One that may no longer log in is made inactive."""
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Let the technical person alone set a password of somebody else: with it one is that person.

        One's own leads to the one page for it, which asks who is there.
        """
        if not is_technical(request):
            raise PermissionDenied
        account = self.get_object(request, unquote(id))
        if account == request.user:
            return redirect("account_change_password")
        self._log(request, id, "user")
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302 and account is not None:
            tell(account, Change.PASSWORD)
            services.end_all_log_ins(account)
        return response

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Say how the new colleague gets in."""
        if not obj.has_usable_password() and obj.email:
            how = _("%(name)s logs in with a code that is sent to %(email)s.") % {"name": obj, "email": obj.email}
            messages.info(request, how)
        return super().response_add(request, obj, post_url_continue)


def may_be_managed(account: User, *, by: User) -> bool:
    """Tell whether a manager may change an account: of somebody else, on the staff, not the technical person."""
    return account.is_staff and not account.is_superuser and account.pk != by.pk


@admin.register(Group)
class RoleAdmin(FactsOnly, OwnFilters, StockGroupAdmin):
    """The roles with their rights, to read: kneecoach.accounts.roles says what each may do."""


@admin.register(AccessLog)
class AccessLogAdmin(FactsOnly, OwnFilters):
    """Who read what, and when."""

    list_display = ("at", "actor", "view", "patient_id")
    list_filter = ("view",)
    list_select_related = ("actor",)
    search_fields = ("patient_id__exact", "actor__email", "actor__name")

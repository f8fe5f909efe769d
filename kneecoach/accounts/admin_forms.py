"""Accounts of staff, as a clinic manager makes and changes them."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from kneecoach.accounts.models import User
from kneecoach.accounts.roles import ROLES


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new account, known by its e-mail; for the technical person."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("email", "name")
        field_classes = {}


class ColleagueCreationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new colleague. They log in with a code that is mailed to them: nobody sets a password for somebody else."""

    class Meta:
        model = User
        fields = ("email", "name", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "name"):
            self.fields[name].required = True

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 -- Django's signature
        """Make them staff, without a password."""
        self.instance.is_staff = True
        self.instance.set_unusable_password()
        return super().save(commit)


class ColleagueChangeForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a manager may change of a colleague: the name, whether they may log in, their roles.

    Not the e-mail: whoever changes where the codes go to can log in as somebody else.
    """

    class Meta:
        model = User
        fields = ("name", "is_active", "groups")

    def clean_groups(self) -> QuerySet[Group]:
        """Keep the groups that are no roles: they were given by the technical person."""
        others = self.instance.groups.exclude(name__in=ROLES).values("pk")
        return Group.objects.filter(pk__in=self.cleaned_data["groups"]) | Group.objects.filter(pk__in=others)

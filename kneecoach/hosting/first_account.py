"""The first account of an installation, reached by a link that works once."""

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from kneecoach.accounts.models import ClinicSettings, User


class AccountExists(Exception):
    """The text says which account is in the way, or which is missing."""


def open_clinic(*, name: str, email: str, person: str, renews: bool, now: datetime) -> str:
    """Name the clinic, open its technical account without a password, return the link to choose one at.

    `renews`: the account is there and gets another link. Raises AccountExists, with nothing written.
    """
    email = User.objects.normalize_email(email)
    with transaction.atomic():
        # Two at once would each find none.
        clinic, _made = ClinicSettings.objects.select_for_update().get_or_create(pk=ClinicSettings.THE_ROW)
        technical = User.objects.filter(is_superuser=True)
        if renews:
            user = technical.filter(email=email, is_active=True).first()
            if user is None:
                raise AccountExists(f"There is no technical account of {email}.")
            return link_for(user)
        if technical.exists() or User.objects.filter(email=email).exists():
            raise AccountExists(
                "There is a technical account, or one with this e-mail, already. Another link for it: --new-link --email ADDRESS"
            )
        clinic.name = name
        clinic.full_clean()
        clinic.save()
        user = User.objects.create_superuser(email, None, name=person, date_joined=now)
    return link_for(user)


def link_for(user: User) -> str:
    """Return the address at which a person chooses their password.

    Nothing of it is stored. It is signed over the present password and the last log-in, so choosing one ends it.
    """
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=parts)

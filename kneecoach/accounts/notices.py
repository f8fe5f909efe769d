"""A mail to whose log-in was changed, from whatever page and by whomever: how somebody hears of a stranger.

allauth tells of passwords by signals. An address changes in several ways, so that is seen where the account is saved.
Factors tell by themselves (kneecoach.accounts.services.factors).
"""

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.signals import password_changed, password_reset, password_set
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.db.models.signals import post_save, pre_save
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kneecoach import mail_later
from kneecoach.accounts.models import ClinicSettings, User


class Change(models.TextChoices):
    """What was changed, as its owner reads it."""

    PASSWORD = "password", gettext_lazy("Your password was changed.")
    ADDRESS = "address", gettext_lazy("The e-mail address that you log in with was changed.")
    PASSKEY = "passkey", gettext_lazy("A passkey was added to your account.")
    PASSKEY_REMOVED = "passkey removed", gettext_lazy("A passkey was removed from your account.")
    APP = "app", gettext_lazy("An authenticator app was set up for your account.")
    APP_REMOVED = "app removed", gettext_lazy("The authenticator app was removed from your account.")
    CODES = "codes", gettext_lazy("New recovery codes were made for your account. Those from before no longer work.")
    CODE_USED = "code used", gettext_lazy("One of your recovery codes was used.")
    RESET = "reset", gettext_lazy("Your second factor was reset. You set up a new one when you log in next.")
    INVITED = (
        "invited",
        gettext_lazy(
            "Your account was opened anew with an invitation. Passwords and passkeys from before no longer work."
        ),
    )


def tell(user: User, change: Change, *, besides: str | None = None) -> None:
    """Mail the owner of an account what was changed just now, and another address that was theirs.

    Goes out when what was written is there for good, after the answer. Who has no address is told nothing.
    """
    addresses = dict.fromkeys(address for address in (user.email, besides) if address)
    if not addresses:
        return
    patient = getattr(user, "patient", None)
    zone = ZoneInfo(patient.zone_now) if patient else timezone.get_default_timezone()
    context = {
        "what": change.label,
        "at": timezone.now(),
        "zone": zone,
        "devices": settings.SITE_URL + reverse("accounts:devices"),
        "is_staff": user.is_staff,
        "clinic": ClinicSettings.load(),
    }
    body = render_to_string("accounts/mail/notice.txt", context)
    for address in addresses:
        # No answering machine answers it.
        headers = {"Auto-Submitted": "auto-generated"}
        message = EmailMessage(_("Your log-in was changed"), body, to=[address], headers=headers)
        transaction.on_commit(partial(mail_later.send, message))


def connect() -> None:
    """Hear of them."""
    for signal in (password_changed, password_set, password_reset):
        signal.connect(_tell_of_password, dispatch_uid="notice of a password")
    pre_save.connect(_look_up_address, sender=User, dispatch_uid="notice of an address")
    post_save.connect(_tell_of_address, sender=User, dispatch_uid="notice of an address")


def _tell_of_password(sender: Any, user: User, **told: Any) -> None:
    tell(user, Change.PASSWORD)


def _look_up_address(sender: Any, instance: Any, update_fields: Any, **told: Any) -> None:
    """Look up which address an account had; a log-in, which saves when it was, asks nothing."""
    instance.email_before = None
    if instance.pk and (update_fields is None or "email" in update_fields):
        instance.email_before = User.objects.filter(pk=instance.pk).values_list("email", flat=True).first()


def _tell_of_address(sender: Any, instance: Any, **told: Any) -> None:
    if instance.email_before and instance.email_before != instance.email:
        tell(instance, Change.ADDRESS, besides=instance.email_before)

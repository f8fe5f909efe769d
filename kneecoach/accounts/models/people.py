"""People: who logs in, who exercises."""

import uuid
from datetime import date
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts import rules


class UserManager(BaseUserManager["User"]):
    """Users by e-mail, whatever its case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case: log-in looks for it like that, however it is typed."""
        return super().normalize_email(email).lower()

    def create_user(self, email: str | None = None, password: str | None = None, **fields: object) -> "User":
        """Create a user; without e-mail or password another way to log in has to follow."""
        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create the clinic's technical account."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, whatever its case. Nobody is found without one."""
        return self.get(email__iexact=username or "")


# Who may do what is worth a history; what proves who it is does not belong into one.
@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=["password", "last_login"]
)
class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can log in. The e-mail may be missing: a passkey alone may log in one day."""

    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    is_active = models.BooleanField(_("may log in"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case"),
            models.CheckConstraint(condition=~Q(email=""), name="user_email_null_not_empty"),
        )

    def __str__(self) -> str:
        return self.name or self.email or f"#{self.pk}"

    def clean(self) -> None:
        """Turn an empty e-mail into none."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email) or None

    def get_full_name(self) -> str:
        """Return the name as mails and the admin show it."""
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class UserRole(User.groups.through):  # type: ignore[name-defined]
    """That somebody is in a group. Here so that the history holds who gave which role to whom, and who took it back."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return f"{self.user_id} {self.group_id}"


def validate_zone(name: str) -> None:
    """Refuse anything that is not an IANA zone with a place."""
    if name not in rules.zone_names():
        raise ValidationError(
            _("“%(zone)s” is not a time zone we know. Choose one such as Europe/London."), params={"zone": name}
        )


class Side(models.TextChoices):
    """Which knee."""

    LEFT = "left", _("left")
    RIGHT = "right", _("right")
    BOTH = "both", _("both")


class Stopped(models.TextChoices):
    """Why nothing is recorded or shown any more."""

    WITHDRAWN = "withdrawn", _("consent taken back")
    RESTRICTED = "restricted", _("restricted")
    ANONYMISED = "anonymised", _("made anonymous")


class PatientQuerySet(models.QuerySet["Patient"]):
    """The vocabulary of patients."""

    def followed(self) -> "PatientQuerySet":
        """Return those whose data is worked with: nothing is recorded of the others, and nobody is reminded."""
        return self.filter(stopped_why="")

    def led_by(self, physiotherapist: User) -> "PatientQuerySet":
        """Return the patients this physiotherapist leads."""
        return self.filter(lead_physiotherapist=physiotherapist)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Patient(models.Model):
    """A person with a sore knee. There may be no account: a patient without e-mail or device exists too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=150)
    birth_date = models.DateField(_("birth date"))
    side = models.CharField(_("knee"), max_length=5, choices=Side)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone])
    # The zone of the last session, while it is another one: where the patient travels. Empty: `time_zone`.
    travel_zone = models.CharField(_("zone of the last session"), max_length=64, blank=True, editable=False)
    # The patient was asked about this zone and kept their own: asked once.
    declined_zone = models.CharField(max_length=64, blank=True, editable=False)
    # By the patient's own clock; None where the patient has named none. Reminders go by them.
    morning_time = models.TimeField(_("usual time in the morning"), null=True, blank=True)
    evening_time = models.TimeField(_("usual time in the evening"), null=True, blank=True)
    # None: no reminder is mailed. A mail can be read by others, so nobody gets one who has not asked for it.
    mail_reminders_at = models.DateTimeField(_("asked for reminders by e-mail"), null=True, blank=True, editable=False)
    repeats_reminders = models.BooleanField(_("one repeat"), default=True, db_default=True, editable=False)
    lead_physiotherapist = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="patients",
        limit_choices_to={"is_staff": True, "is_active": True},
        verbose_name=_("lead physiotherapist"),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"is_staff": False},
        verbose_name=_("account"),
        help_text=_("Empty as long as this person has no log-in."),
    )
    vmo_found_at = models.DateTimeField(_("muscle found"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("entered"), db_default=Now(), editable=False)
    # From then on nothing is recorded of this person; a copy of their data they can always take.
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True, editable=False)
    stopped_why = models.CharField(
        _("why stopped"), max_length=10, choices=Stopped, blank=True, default="", db_default="", editable=False
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        permissions = (("audit_patient", "Can read who saw and did what with patients"),)
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(side__in=Side.values), name="patient_side_known"),
            models.CheckConstraint(condition=~Q(name=""), name="patient_has_name"),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_why="")
                | Q(stopped_at__isnull=False, stopped_why__in=Stopped.values),
                name="patient_stop_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(morning_time=None)
                | Q(morning_time__gte=rules.DAY_STARTS, morning_time__lt=rules.EVENING_STARTS),
                name="patient_morning_in_the_morning",
            ),
            models.CheckConstraint(
                condition=Q(evening_time=None) | Q(evening_time__gte=rules.EVENING_STARTS),
                name="patient_evening_in_the_evening",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def may_be_recorded(self) -> bool:
        """Tell whether nothing has stopped, and the text as it is now was agreed to. See `PatientBackend`.

        An account that no invitation has opened was agreed to on paper.
        """
        agreed: int | None = self.agreed_version  # type: ignore[attr-defined]
        return not self.stopped_why and (agreed is None or agreed >= rules.CONSENT_VERSION)

    @property
    def is_restricted(self) -> bool:
        """Tell whether nobody of the staff may look at what is recorded: it is only kept."""
        return self.stopped_why == Stopped.RESTRICTED

    @property
    def zone_now(self) -> str:
        """Return the zone that the patient's days are counted in now: of the last session, else the profile's."""
        return self.travel_zone or self.time_zone

    @property
    def zone_to_ask_about(self) -> str:
        """Return the zone that the patient may want to switch to: not asked about yet. Empty where there is none."""
        return "" if self.travel_zone == self.declined_zone else self.travel_zone

    def is_minor(self, today: date) -> bool:
        """Tell whether a guardian has to consent."""
        return rules.is_minor(self.birth_date, today)

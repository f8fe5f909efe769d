"""Six weeks in a demo clinic, the same ones for the same `now`. Nothing happens after `now`."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.accounts.roles import AUDITORS, MANAGERS, PHYSIOTHERAPISTS
from kneecoach.demo import people
from kneecoach.demo.life import live
from kneecoach.demo.people import LOGINS, PEOPLE, DemoLogin
from kneecoach.demo.replay import load_stages, replay
from progress.models import RuleSet

__all__ = ["LOGINS", "DatabaseNotEmpty", "DemoLogin", "make_demo_clinic"]


class DatabaseNotEmpty(Exception):
    """The demo clinic's log-ins are known to everybody, so it is never put beside real people."""


def make_demo_clinic(*, now: datetime) -> tuple[DemoLogin, ...]:
    """Make the clinic, its people and what they did until `now`, all or nothing; return who can log in.

    Raises DatabaseNotEmpty where anybody has an account.
    """
    with transaction.atomic():
        if User.objects.exists() or Patient.objects.exists():
            raise DatabaseNotEmpty("The demo clinic needs an empty database; this one holds accounts.")
        # One hash for all: a slow one is the point of a hash, and most of the time of a small clinic.
        password_hash = make_password(people.PASSWORD)
        physiotherapist = _make_clinic(password_hash, now)
        stages, rules = load_stages(), RuleSet.objects.of_clinic()[0].values
        for person in PEOPLE:
            life = live(person, stages, rules, now=now)
            replay(life, physiotherapist=physiotherapist, password_hash=password_hash)
    return LOGINS


def _make_clinic(password_hash: str, now: datetime) -> User:
    ClinicSettings.objects.create(
        name=people.CLINIC, phone=people.CLINIC_PHONE, emergency_number=people.EMERGENCY_NUMBER
    )
    opened_at = now - timedelta(days=90)
    admin = User.objects.create_superuser(people.ADMIN_EMAIL, name="Technical admin", date_joined=opened_at)
    staff = {}
    roles = {people.PHYSIOTHERAPIST: PHYSIOTHERAPISTS, people.MANAGER: MANAGERS, people.AUDITOR: AUDITORS}
    for login, role in roles.items():
        staff[role] = User.objects.create_user(login.email, name=login.name, is_staff=True, date_joined=opened_at)
        staff[role].groups.add(Group.objects.get(name=role))
    User.objects.filter(pk__in=[admin.pk, *(user.pk for user in staff.values())]).update(password=password_hash)
    return staff[PHYSIOTHERAPISTS]

"""Log-ins and where they are: begun, seen, ended."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest

from kneecoach.accounts.models import Device, User
from kneecoach.accounts.rules import LogInLimits, device_of

# What the session holds: when it began, when it was seen, and which device it is, whatever its key is now.
BEGAN, SEEN, DEVICE = "log_in_began", "log_in_seen", "device"


def limits_of(user: User) -> LogInLimits:
    """Return how long a log-in of this account lasts, and how often it is looked whether it is in use."""
    if user.is_staff:
        return LogInLimits(idle=settings.STAFF_IDLE_SECONDS, whole=settings.STAFF_LOG_IN_SECONDS, look_every=60)
    return LogInLimits(idle=None, whole=settings.SESSION_COOKIE_AGE, look_every=3600)


def begin_log_in(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Write down that somebody is logged in in this browser. What is left of log-ins that have ended goes."""
    Device.objects.filter(user=user).exclude(session_key__in=_alive(now)).delete()
    request.session[BEGAN] = int(now.timestamp())
    request.session.pop(DEVICE, None)
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_LOG_IN_SECONDS)
    see(request, user, now=now)


def see(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Write down that this log-in is in use."""
    session = request.session
    session[SEEN] = int(now.timestamp())
    if Device.objects.filter(pk=session.get(DEVICE, 0)).update(seen_at=now):
        return
    began_at = datetime.fromtimestamp(session[BEGAN], tz=now.tzinfo)
    browser, system = device_of(request.headers.get("User-Agent", ""))
    session[DEVICE] = Device.objects.create(
        user=user,
        session_key=str(session.session_key),
        browser=browser,
        system=system,
        began_at=began_at,
        seen_at=now,
        ends_at=began_at + timedelta(seconds=limits_of(user).whole),
    ).pk


def follow(request: HttpRequest) -> None:
    """Keep the device of a session that has got a new key."""
    Device.objects.filter(pk=request.session.get(DEVICE, 0)).update(session_key=request.session.session_key)


def devices_of(user: User, *, now: datetime) -> QuerySet[Device]:
    """Return where somebody is logged in, the one seen last on top."""
    return Device.objects.filter(user=user, session_key__in=_alive(now))


def end_log_ins(devices: QuerySet[Device]) -> int:
    """End log-ins: what those browsers ask for next leads them to log-in. Return how many there were."""
    keys = list(devices.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    devices.filter(session_key__in=keys).delete()
    return len(keys)


def end_other_log_ins(request: HttpRequest, user: User) -> int:
    """End every log-in of somebody but the one in this browser. Return how many there were."""
    return end_log_ins(Device.objects.filter(user=user).exclude(pk=request.session.get(DEVICE, 0)))


def end_all_log_ins(user: User) -> int:
    """End every log-in of somebody. Return how many there were."""
    return end_log_ins(Device.objects.filter(user=user))


def _alive(now: datetime) -> QuerySet[Session, Any]:
    return Session.objects.filter(expire_date__gt=now).values("session_key")

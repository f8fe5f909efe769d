"""Log-ins and where they are: begun, seen, ended."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.dispatch import Signal
from django.http import HttpRequest

from kneecoach.accounts.models import Device, User
from kneecoach.accounts.rules import LogInLimits, device_of

# Sent with the `keys` of devices whose log-in somebody ends, not of those whose time is over.
log_ins_ended = Signal()
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


def device_here(request: HttpRequest) -> Device | None:
    """Return the device of the log-in in this browser, or None where nobody is logged in. One query."""
    return Device.objects.filter(pk=request.session.get(DEVICE, 0)).first()


def end_log_ins(devices: QuerySet[Device]) -> int:
    """End log-ins: what those browsers ask for next leads them to log-in. Return how many there were."""
    found = dict(devices.values_list("pk", "session_key"))
    Session.objects.filter(session_key__in=found.values()).delete()
    # Before they go: whoever hears of it still finds what belongs to them.
    log_ins_ended.send(sender=Device, keys=list(found))
    Device.objects.filter(pk__in=found).delete()
    return len(found)


def end_log_in_here(request: HttpRequest) -> None:
    """End the log-in in this browser, where there is one; logging out then takes the session out of the request."""
    end_log_ins(Device.objects.filter(pk=request.session.get(DEVICE, 0)))


def end_other_log_ins(request: HttpRequest, user: User) -> int:
    """End every log-in of somebody but the one in this browser. Return how many there were."""
    return end_log_ins(Device.objects.filter(user=user).exclude(pk=request.session.get(DEVICE, 0)))


def end_all_log_ins(user: User) -> int:
    """End every log-in of somebody. Return how many there were."""
    return end_log_ins(Device.objects.filter(user=user))


def _alive(now: datetime) -> QuerySet[Session, Any]:
    return Session.objects.filter(expire_date__gt=now).values("session_key")

"""What a pushed reminder says, and handing it to the push service of a browser. Nothing in it tells what the exercises are for.

The address comes from a browser, so from whoever is logged in: only known push services are spoken to, by https alone, and
wherever one of them leads to is not followed.
"""

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from kneecoach.reminders.fates import Fate
from kneecoach.reminders.models import PushDevice, Reminder
from kneecoach.reminders.sealing import decoded, encoded, point_of, private_key, seal, signed

TIMEOUT = 10
# Push services take an hour for what it is, and none more than a day.
SIGNED_FOR = timedelta(hours=1)
# Of several messages that wait for a phone the last one counts. It tells the push service of nobody.
TOPIC = "reminder"
# Nothing of it is interpreted twice: what is checked here is what is called.
ENDPOINT = re.compile(r"https://([a-z0-9.-]+(?::[0-9]{1,5})?)/[\w.~:/?@!$&'()*+,;=%\[\]-]*", flags=re.ASCII)
COME_AGAIN = {http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_MANY_REQUESTS}
GONE = {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE}


@dataclass(frozen=True)
class Push:
    """One message, as a push service takes it."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes


def is_offered() -> bool:
    """Tell whether reminders can be pushed at all: the host has made a key."""
    return bool(settings.PUSH_KEY)


def public_key() -> str:
    """Return the public half of our key, as browsers want it: what they show us is bound to it."""
    return encoded(point_of(private_key(settings.PUSH_KEY)))


def host_of(endpoint: str) -> str:
    """Return host (and port, where there is one) of a known push service; nothing for any other address."""
    found = ENDPOINT.fullmatch(endpoint)
    return found[1] if found and any(_fits(found[1], host) for host in settings.PUSH_HOSTS) else ""


def compose(device: PushDevice, kind: str, *, until: datetime, now: datetime) -> Push:
    """Return the message; a push service keeps it for a phone that is off `until` then.

    Raises ValueError where nothing can be sent to this address, or by these keys.
    """
    host = host_of(device.endpoint)
    if not host:
        raise ValueError("not a known push service")
    with translation.override(settings.LANGUAGE_CODE):
        title = _("There is still time for your exercises today")
        if kind != Reminder.Kind.REPEAT:
            title = _("Time for your exercises")
    body = seal(json.dumps({"title": title}).encode(), decoded(device.public_key), decoded(device.auth_secret))
    headers = {
        "Authorization": signed(
            settings.PUSH_KEY, audience=f"https://{host}", contact=_contact(), ends_at=now + SIGNED_FOR
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, int((until - now).total_seconds()))),
        "Topic": TOPIC,
        # It belongs to an hour: a phone that sleeps is to be woken.
        "Urgency": "high",
    }
    return Push(host, device.endpoint.removeprefix(f"https://{host}"), headers, body)


def hand_over(push: Push) -> tuple[Fate, str]:
    """Send a message over a connection of its own; return what became of it, and what went wrong in a word or two."""
    connection = http.client.HTTPSConnection(push.host, timeout=TIMEOUT, context=ssl.create_default_context())
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        return Fate.UNREACHABLE, type(error).__name__
    try:
        connection.request("POST", push.path, push.body, push.headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Fate.UNKNOWN, type(error).__name__
    finally:
        connection.close()
    return _fate(status), "" if _fate(status) is Fate.ACCEPTED else f"HTTP {status}"


def _fate(status: int) -> Fate:
    if http.HTTPStatus.OK <= status < http.HTTPStatus.MULTIPLE_CHOICES:
        return Fate.ACCEPTED
    if status in GONE:
        return Fate.GONE
    return Fate.LATER if status in COME_AGAIN or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else Fate.REFUSED


def _fits(host: str, pattern: str) -> bool:
    """Tell whether a host is one of PUSH_HOSTS; `*.` stands for whatever is under a name."""
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _contact() -> str:
    """Return where a push service may complain: the site, or whom mails come from where the site is no https address."""
    return settings.SITE_URL if settings.IS_HTTPS else f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"

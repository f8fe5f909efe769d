"""What the settings promise: the address, the proxy before it, cookies, mail and push, the clinic's clock."""

from contextlib import suppress
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from kneecoach.hosting.doctor.findings import Finding, Findings, Level

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def site() -> Findings:
    """The address: what follows from it is said, because that is what a proxy has to fit."""
    parts = urlsplit(settings.SITE_URL)
    yield Finding(Level.OK, "site", f"SITE_URL is {settings.SITE_URL}")
    yield Finding(Level.OK, "site", f"expects requests for {', '.join(settings.ALLOWED_HOSTS)}")
    yield Finding(Level.OK, "site", f"accepts forms from {', '.join(settings.CSRF_TRUSTED_ORIGINS)}")
    yield Finding(
        Level.OK, "site", f"passkeys belong to {parts.hostname}; links in mails begin with {settings.SITE_URL}"
    )
    if not settings.IS_HTTPS:
        is_trial = parts.hostname in LOOPBACK
        text = "is not https: phones let no page keep the screen on, and what patients send can be read on the way"
        yield Finding(
            Level.NOTE if is_trial else Level.WRONG, "site", f"SITE_URL {text}", "Set SITE_URL to an https address."
        )
    if settings.DEBUG:
        yield Finding(Level.WRONG, "site", "DEBUG is on: errors show code and data to everybody", "Set DEBUG=0.")
    if not settings.REQUIRE_SECOND_FACTOR:
        text = "REQUIRE_SECOND_FACTOR is off: a password alone opens the desk"
        yield Finding(Level.WRONG, "site", text, "Set REQUIRE_SECOND_FACTOR=1.")


def proxy() -> Findings:
    """Who ends https: the web server itself never does."""
    if settings.TRUST_PROXY:
        text = "X-Forwarded-Proto and X-Forwarded-For are believed: the proxy has to set both itself, and be the only way in"
        yield Finding(Level.OK, "proxy", text)
    elif settings.IS_HTTPS:
        text = "SITE_URL is https, and no proxy is believed: every page would send the browser to https for ever"
        yield Finding(
            Level.WRONG, "proxy", text, "Set TRUST_PROXY=1 behind a proxy that sets X-Forwarded-Proto itself."
        )
    else:
        yield Finding(Level.OK, "proxy", "none: what X-Forwarded-* say is not believed")


def cookies() -> Findings:
    """What browsers keep."""
    is_secure = settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE
    text = f"{settings.SESSION_COOKIE_NAME}, {settings.CSRF_COOKIE_NAME}: " + (
        "https only" if is_secure else "http too"
    )
    if is_secure == settings.IS_HTTPS:
        yield Finding(Level.OK, "cookies", text)
    else:
        yield Finding(
            Level.WRONG, "cookies", f"{text}, which does not fit SITE_URL", "Remove what overrides settings.py."
        )


def mail() -> Findings:
    """The mail server: connect and log in, send nothing."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if not settings.EMAIL_HOST:
        text = "EMAIL_HOST is not set: log-in codes and invitations are printed to the logs of web and worker"
        yield Finding(Level.NOTE, "mail", text, "Set EMAIL_HOST and its neighbours.")
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    try:
        server.open()
    except OSError as error:  # SMTPException is one
        reason = " ".join(str(error).split()) or type(error).__name__
        help_text = "Compare EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_HOST_USER and the password."
        yield Finding(Level.WRONG, "mail", f"{where} does not take us: {reason}", help_text)
    else:
        logged_in = f"logged in as {settings.EMAIL_HOST_USER}" if settings.EMAIL_HOST_USER else "without logging in"
        yield Finding(Level.OK, "mail", f"{where} answers, {logged_in}")
    if sender.rpartition("@")[2] in LOOPBACK | {""}:
        text = f"mails come from {sender or 'nobody'}, which other servers refuse"
        yield Finding(Level.WRONG, "mail", text, "Set DEFAULT_FROM_EMAIL to an address of your own.")
    with suppress(OSError):
        server.close()


def push() -> Findings:
    """Reminders on phones and computers. Push services are not asked: they answer to a message alone."""
    if not settings.PUSH_KEY:
        yield Finding(Level.NOTE, "push", "no reminder is pushed to phones: there is no key", "Run deploy/init again.")
    elif not settings.IS_HTTPS:
        yield Finding(Level.NOTE, "push", "browsers take messages from https sites alone", "Set SITE_URL to https.")
    else:
        yield Finding(Level.OK, "push", f"reminders go through {', '.join(settings.PUSH_HOSTS)}, port 443")


def clock(now: datetime) -> Findings:
    """The clinic's zone; an unknown one was refused at the start."""
    local = timezone.localtime(now)
    yield Finding(Level.OK, "clock", f"TIME_ZONE is {settings.TIME_ZONE}: it is {local:%Y-%m-%d %H:%M} there")

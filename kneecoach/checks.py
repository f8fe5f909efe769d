"""What `manage.py check --deploy` says about an installation of ours, beyond Django's own checks."""

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from kneecoach.pdf import INSTALL, why_unavailable


@register(Tags.security, deploy=True)
def check_site_is_https(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Health data, wake lock and passkeys need https."""
    if settings.IS_HTTPS:
        return []
    return [
        Warning(
            f"SITE_URL is {settings.SITE_URL}, without https.",
            hint="Set SITE_URL to the https address that patients open.",
            id="kneecoach.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_mail_is_sent(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Log-in codes and password resets go by mail."""
    if settings.EMAIL_HOST:
        return []
    return [
        Warning(
            "EMAIL_HOST is not set: log-in codes are printed to the log instead of being mailed.",
            hint="Set EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD_FILE.",
            id="kneecoach.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_second_factor_is_required(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """A password alone must not open the desk."""
    if settings.REQUIRE_SECOND_FACTOR:
        return []
    return [
        Warning(
            "REQUIRE_SECOND_FACTOR is off: staff open the desk with one factor.",
            hint="Take REQUIRE_SECOND_FACTOR=0 out. It is for trying things out.",
            id="kneecoach.W004",
        )
    ]


@register(deploy=True)
def check_pdf_can_be_made(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Visit sheets as PDF are drawn with Pango, a package of the operating system."""
    reason = why_unavailable()
    if not reason:
        return []
    return [
        Warning(
            f"No PDF can be made: {reason}",
            hint=f"Pages print without it. For PDFs as well: {INSTALL}",
            id="kneecoach.W003",
        )
    ]

"""What the tests of logging in share."""

import re
from typing import Any

from django.contrib.auth import get_user
from django.core import mail
from django.test import Client

from kneecoach.accounts.models import User

LOGIN, CODE, CONFIRM = "/account/login/", "/account/login/code/", "/account/login/code/confirm/"
EMAIL = "anna.knee@example.org"


def is_logged_in(client: Client, user: User | None) -> bool:
    """Tell whether a browser belongs to this user now."""
    return bool(user) and get_user(client) == user


def code_in_mail() -> str:
    """Return the code that the last mail holds."""
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None, mail.outbox[-1].body
    return found.group(1)


def without_tokens(response: Any) -> str:
    """Return a page without what differs from request to request."""
    body = re.sub(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', "", response.content.decode())
    return body.replace(EMAIL, "ADDRESS").replace("nobody.here@example.org", "ADDRESS")

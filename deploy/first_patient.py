"""From the link of `create_clinic` to an invitation in a patient's hand, as a browser without JavaScript goes it.

    first_patient.py SITE_URL LINK EMAIL

Used by deploy/first-patient. Standard library only.
"""

import base64
import hmac
import re
import secrets
import struct
import sys
import time
from urllib.parse import urlsplit

from check_journey import Browser, CheckFailed, said, wait_for


def code_of(key: str) -> str:
    """Return what an authenticator app shows now that holds this key."""
    bare = key.replace(" ", "")
    secret = base64.b32decode(bare + "=" * (-len(bare) % 8), casefold=True)
    digest = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), "sha1")
    (value,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(value & 0x7FFFFFFF) % 10**6:06}"


def found(pattern: str, page: Browser) -> str:
    """Return what a pattern finds on a page."""
    match = re.search(pattern, page.text)
    if match is None:
        raise CheckFailed(f"{page.url} has no {pattern}:\n{page.text[:3000]}")
    return match[1]


def invite_the_first(site_url: str, link: str, email: str) -> None:
    """Choose a password, set up the second factor, enter a patient, make the sheet, open what is on it."""
    wait_for(site_url)
    password = secrets.token_urlsafe(20)
    page = Browser(site_url).open(link)
    page.press("action", "", password1=password, password2=password)
    said("a password is chosen at the link")
    page.open("/account/login/?next=/admin/").press(form_to="login", login=email, password=password)
    page.open(found(r'<a class="btn btn-primary btn-block" href="([^"]+)"', page))
    page.press(code=code_of(found(r'<code class="secret">([^<]+)</code>', page)))
    page.press("kept", "1")
    if urlsplit(page.url).path != "/admin/":
        raise CheckFailed(f"after the second factor {email} is at {page.url}")
    said("the second factor is set up, the desk is open")
    page.open("/admin/accounts/patient/add/")
    form = next(form for form in page.forms if "birth_date" in form.fields)
    typed = {"name": "Nora New", "birth_date": "2000-02-29", "side": "left", "time_zone": "Europe/London"}
    page.open(page.url, form.hidden | typed | {"lead_physiotherapist": "", "email": "", "_save": "1"})
    page.open("/admin/accounts/patient/")
    page.open(found(r'href="(/admin/accounts/patient/[0-9a-f-]{36}/change/)', page))
    said("a patient is entered")
    page.press(form_to="/sheet/")
    invitation = found(r"(https?://[^\s<\"]+/invitation/[\w-]+/)", page)
    guest = Browser(site_url).open(invitation)
    if "Nora New" not in guest.text and "welcome" not in urlsplit(guest.url).path:
        raise CheckFailed(f"the invitation leads to {guest.url}")
    said("the patient is invited, and the invitation opens")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        invite_the_first(*sys.argv[1:])
    except CheckFailed as failure:
        sys.exit(f"FAILED  {failure}")

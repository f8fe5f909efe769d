"""What a page says once, in a cookie that is bound to this host like the others."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, under our name."""

    cookie_name = settings.MESSAGES_COOKIE_NAME


class Storage(FallbackStorage):
    """In the cookie; what does not fit into it, in the session."""

    storage_classes = (HostCookieStorage, SessionStorage)

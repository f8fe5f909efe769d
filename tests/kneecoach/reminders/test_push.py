"""Whom the server speaks to: the services that push to browsers, and nobody whom a browser could name instead."""

import pytest

from kneecoach.reminders.push import host_of

FCM = "https://fcm.googleapis.com/fcm/send/abc:def-_"


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (FCM, "fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "updates.push.services.mozilla.com"),
        ("https://web.push.apple.com/QGuQyavXutnMH", "web.push.apple.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%3d%3d", "wns2-par02p.notify.windows.com"),
    ],
)
def test_known_services_are_spoken_to(endpoint: str, host: str):
    assert host_of(endpoint) == host


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://fcm.googleapis.com/fcm/send/a",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://db:5432/",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com:8443/fcm",
        "https://fcm.googleapis.com.evil.example/fcm",
        "https://evilfcm.googleapis.com/fcm",
        "https://fcm.googleapis.com@evil.example/",
        "https://evil.example/https://fcm.googleapis.com/",
        "https://evil.example#fcm.googleapis.com/",
        "https://evil.example\\@fcm.googleapis.com/",
        "https://evil.example?.push.apple.com/",
        "https://push.apple.com/",
        "https://evilpush.apple.com/",
        "https://.push.apple.com.evil.example/",
        "https://notify.windows.com.evil.example/",
        "https://fcm.googleapis.com./fcm",
        "https://FCM.googleapis.com/fcm",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\r\nHost: db",
        "https://fcm.googleapis.com/\u00e9",
        "https://fcm\u3002googleapis.com/",
        " https://fcm.googleapis.com/",
        'https://fcm.googleapis.com/">',
        "https://fcm.googleapis.com/<",
        "https://fcm.googleapis.com/#",
        "https://fcm.googleapis.com/\n",
    ],
)
def test_nobody_else_is(endpoint: str):
    assert host_of(endpoint) == ""

"""The two recipes of web push, held against the example of RFC 8291 and against a reader that has nothing of ours."""

import struct
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.reminders import sealing
from tests.factories import a_moment
from tests.push_service import Browser, bytes_of, claims_of, text_of

# RFC 8291, section 5 and appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
KEY = bytes(range(1, 33))


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(bytes_of(text), "big"), ec.SECP256R1())


def test_example_of_the_rfc_is_written_and_read_as_it_stands_there():
    browser = Browser("https://push.example.net", key_of(BROWSER), bytes_of(AUTH))

    made = sealing.seal_with(TEXT, browser.point, browser.auth, own=key_of(SENDER), salt=bytes_of(SALT))

    assert text_of(made) == MESSAGE
    # So the reader of these tests is one as well.
    assert browser.read(bytes_of(MESSAGE)) == TEXT


@given(st.binary(max_size=3993))
def test_one_browser_reads_it_and_no_other(text: bytes):
    browser, other = Browser("https://a"), Browser("https://b")

    made = sealing.seal(text, browser.point, browser.auth)

    assert browser.read(made) == text
    # What every push service takes, in one record.
    assert len(made) <= 4096
    assert struct.unpack("!L", made[16:20]) == (4096,)
    for wrong in (other, Browser("", browser.key, other.auth)):
        with pytest.raises(InvalidTag):
            wrong.read(made)


def test_no_two_messages_share_key_or_salt():
    browser = Browser("https://a")
    first, second = (sealing.seal(TEXT, browser.point, browser.auth) for _again in range(2))

    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_header_says_who_sends_to_whom_until_when():
    ends_at = a_moment("2026-11-25 09:00")
    public = sealing.encoded(sealing.point_of(sealing.private_key(KEY)))

    header = sealing.signed(KEY, audience="https://push.example.net", contact="https://knee.example", ends_at=ends_at)

    assert claims_of(header, public) == {
        "aud": "https://push.example.net",
        "sub": "https://knee.example",
        "exp": ends_at.timestamp(),
    }
    later = sealing.signed(KEY, audience="x", contact="y", ends_at=ends_at + timedelta(hours=1))
    mixed = ".".join([*header.split(".")[:2], later.split(".")[2]])
    with pytest.raises(InvalidSignature):
        claims_of(mixed, public)


@pytest.mark.parametrize(
    "wrong", [b"", b"\4" + bytes(64), bytes(65), b"\4" + bytes(63), bytes(range(65))], ids=lambda value: value.hex()[:8]
)
def test_what_is_no_point_of_the_curve_is_no_key(wrong: bytes):
    browser = Browser("https://a")

    assert sealing.is_point(browser.point)
    assert not sealing.is_point(wrong)
    # A point all the same, but none that browsers send.
    assert not sealing.is_point(bytes([2 + (browser.point[-1] & 1)]) + browser.point[1:33])


def test_key_that_the_curve_has_not_is_refused():
    with pytest.raises(ValueError, match=r".+"):
        sealing.private_key(bytes(32))

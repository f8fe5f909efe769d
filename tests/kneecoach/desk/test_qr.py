"""The drawing of a QR code holds exactly the dark modules that the library has laid out."""

import re

import pytest
import qrcode

from kneecoach.desk.qr import BORDER, drawing_of

ADDRESS = "https://knee.example.org/invitation/abcdefghijklmnopqrstuv/"


@pytest.mark.parametrize("text", ["x", ADDRESS])
def test_drawing_is_the_code_with_its_quiet_zone(text: str):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    expected = {
        (x + BORDER, y + BORDER) for y, row in enumerate(code.get_matrix()) for x, is_dark in enumerate(row) if is_dark
    }

    drawing = drawing_of(text)

    found = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing.path)]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert drawing.size == len(code.get_matrix()) + 2 * BORDER


def test_code_of_an_address_is_coarse_enough_for_any_camera():
    assert drawing_of(ADDRESS).size <= 49

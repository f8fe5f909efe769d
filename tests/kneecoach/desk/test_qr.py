"""The drawing of a QR code holds exactly the dark modules that the library has laid out, and reads as its text."""

import re

import pytest
import qrcode
import zxingcpp
from PIL import Image, ImageDraw

from kneecoach.desk.qr import BORDER, Drawing, drawing_of

ADDRESS = "https://knee.example.org/invitation/abcdefghijklmnopqrstuv/"
PIXELS = 4


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


@pytest.mark.parametrize("text", ["x", ADDRESS, "https://knee.example.org/sheet/ä/"])
def test_drawing_reads_as_its_text(text: str):
    assert read(picture_of(drawing_of(text))) == [text]


def test_stained_drawing_still_reads():
    """A stain over the middle takes every ninth module; the weaker levels of the standard would be lost with it."""
    drawing = drawing_of(ADDRESS)
    picture, middle = picture_of(drawing), drawing.size * PIXELS // 2
    half = (drawing.size - 2 * BORDER) * PIXELS * 0.33 // 2
    ImageDraw.Draw(picture).rectangle((middle - half, middle - half, middle + half, middle + half), fill="grey")

    assert read(picture) == [ADDRESS]


def picture_of(drawing: Drawing) -> Image.Image:
    """Paint a drawing, some pixels a module."""
    picture = Image.new("L", (drawing.size * PIXELS, drawing.size * PIXELS), "white")
    pen = ImageDraw.Draw(picture)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing.path):
        left, top = int(x) * PIXELS, int(y) * PIXELS
        pen.rectangle((left, top, left + PIXELS - 1, top + PIXELS - 1), fill="black")
    return picture


def read(picture: Image.Image) -> list[str]:
    """Return the texts of the codes in a picture."""
    return [code.text for code in zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormat.QRCode)]

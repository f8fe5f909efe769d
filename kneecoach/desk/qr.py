"""QR codes, as the plain values that an SVG template draws."""

from dataclasses import dataclass

import qrcode

# The quiet zone that the standard asks for, in modules. Without it, cameras do not find the code.
BORDER = 4


@dataclass(frozen=True)
class Drawing:
    """A square of `size` modules a side, quiet zone included, and the path of its dark ones."""

    size: int
    path: str


def drawing_of(text: str) -> Drawing:
    """Return the code of a text. A quarter of it may be creased or stained (level Q) and it still reads."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=BORDER)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Drawing(len(rows), path)

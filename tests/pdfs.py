"""Looking into PDFs: which tags they have, and whether this machine can make any."""

import warnings
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest

from kneecoach.pdf import INSTALL, why_unavailable

_MISSING = why_unavailable()
if _MISSING:
    warnings.warn(f"PDFS ARE NOT TESTED: {_MISSING}. {INSTALL}", RuntimeWarning, stacklevel=1)

# Left out where Pango is missing, and said so; tests/kneecoach/test_pdf.py fails where CI is set.
needs_pango = pytest.mark.skipif(bool(_MISSING), reason=f"PDFS ARE NOT TESTED HERE. {INSTALL}")


def structure(reader: pypdf.PdfReader) -> list[tuple[str, str | None]]:
    """Return the tags of a PDF in reading order, each with its description."""
    root: Any = reader.trailer["/Root"]
    return list(_below(root["/StructTreeRoot"]["/K"]))


def _below(element: Any) -> Iterator[tuple[str, str | None]]:
    element = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(element, list):
        for child in element:
            yield from _below(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield str(element["/S"]), element.get("/Alt")
        yield from _below(element.get("/K"))

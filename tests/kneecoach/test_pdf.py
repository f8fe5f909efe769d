"""Tagged PDF from our own markup, and what happens where it cannot be made."""

import io
import os
from typing import Any

import pypdf
import pytest

from kneecoach import pdf
from tests.pdfs import needs_pango, structure

PAGE = '<!doctype html><html lang="en"><title>A sheet</title>{}<h1>Sheet</h1><p>Text</p></html>'


@needs_pango
def test_page_becomes_a_tagged_pdf():
    made = pdf.render_pdf(PAGE.format(""), paper="A4")

    reader = pypdf.PdfReader(io.BytesIO(made))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert (root["/Lang"], reader.metadata.title) == ("en", "A sheet")
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data()
    assert [tag for tag, _alt in structure(reader) if tag != "/Span"] == ["/Document", "/H1", "/P"]


@needs_pango
@pytest.mark.parametrize(("paper", "points"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_paper_has_its_size(paper: str, points: tuple[int, int]):
    box = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(PAGE.format(""), paper=paper))).pages[0].mediabox

    assert (round(box.width), round(box.height)) == points


@needs_pango
@pytest.mark.parametrize(
    "asked",
    [
        '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<img alt="x" src="file:///etc/hostname">',
        '<img alt="x" src="/static/kneecoach/icon.svg">',
        '<img alt="x" src="data:image/svg+xml,<svg xmlns=&quot;http://www.w3.org/2000/svg&quot;/>">',
    ],
)
def test_nothing_is_fetched(asked: str):
    with pytest.raises(ValueError, match="nothing is fetched"):
        pdf.render_pdf(PAGE.format(asked), paper="A4")


def test_without_pango_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch):
    def missing(*args: object, **kwargs: object) -> object:
        raise OSError("cannot load library 'libpango-1.0-0'\nand much more")

    pdf._weasyprint.cache_clear()
    monkeypatch.setattr("builtins.__import__", _import_without("weasyprint", missing))

    assert pdf.why_unavailable() == "cannot load library 'libpango-1.0-0'"
    with pytest.raises(pdf.PdfUnavailable, match="libpango"):
        pdf.render_pdf(PAGE.format(""), paper="A4")


def _import_without(name: str, instead: Any) -> Any:
    real = __import__

    def importing(module: str, *args: Any, **kwargs: Any) -> Any:
        return instead() if module == name else real(module, *args, **kwargs)

    return importing


def test_continuous_integration_has_pango():
    assert not (os.environ.get("CI") and pdf.why_unavailable()), f"install it: {pdf.INSTALL}"

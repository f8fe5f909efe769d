"""Pages as tagged PDF (PDF/UA-1), drawn by WeasyPrint from the same markup that the browser prints.

WeasyPrint draws text with Pango, which is a package of the operating system: where it is missing, everything else works,
and the page says what to install. It is imported when the first PDF is asked for: that takes a second.
"""

from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

STYLESHEET = "kneecoach/css/sheets.css"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
INSTALL = f"apt-get install {PACKAGES}"


class PdfUnavailable(Exception):
    """WeasyPrint or the libraries that it draws with are not installed. The message says which."""


def render_pdf(html: str, *, paper: str) -> bytes:
    """Return a page as tagged PDF on a size of paper (`A4`, `Letter`), in the style of our sheets. Raises PdfUnavailable.

    Whatever else the page asks for, from here or from anywhere, is a ValueError: nothing is fetched.
    """
    weasyprint = _weasyprint()
    fetcher = _nothing_is_fetched()
    style = weasyprint.CSS(string=_stylesheet(), url_fetcher=fetcher)
    size = weasyprint.CSS(string=f"@page {{ size: {paper} }}")
    try:
        return weasyprint.HTML(string=html, base_url="sheet:", url_fetcher=fetcher).write_pdf(
            stylesheets=[style, size], pdf_variant="pdf/ua-1"
        )
    except weasyprint.urls.FatalURLFetchingError as error:
        # No Exception by birth: it would end the worker.
        raise ValueError(f"{error}: nothing is fetched for a PDF") from error


def why_unavailable() -> str:
    """Return why no PDF can be made, empty where it can."""
    try:
        _weasyprint()
    except PdfUnavailable as reason:
        return str(reason)
    return ""


@cache
def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 -- needs Pango and takes a second: only where a PDF is asked for
    except (ImportError, OSError) as error:
        raise PdfUnavailable(str(error).splitlines()[0]) from error
    return weasyprint


@cache
def _nothing_is_fetched() -> Any:
    urls = _weasyprint().urls

    class NothingIsFetched(urls.URLFetcher):  # type: ignore[name-defined]
        """Refuses every address."""

        def fetch(self, url: str, headers: object = None) -> Any:
            """Raise ValueError."""
            raise ValueError(url)

    return NothingIsFetched(fail_on_errors=True)


def _stylesheet() -> str:
    path = finders.find(STYLESHEET)
    assert isinstance(path, str)  # noqa: S101 -- it is part of this repository
    return Path(path).read_text(encoding="utf-8")

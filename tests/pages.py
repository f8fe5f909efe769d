"""Reading answers as a person would: what a page says, which step it shows, whether its HTML is sound."""

import io
import zipfile
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

HTMX = {"HX-Request": "true"}


def body_of(response: Any) -> str:
    """Return the whole body as text, of a page or of a file that is sent piece by piece; of an archive, of its files."""
    content = response.getvalue() if response.streaming else response.content
    if not content or response["Content-Type"] != "application/zip":
        return str(content.decode())
    archive = zipfile.ZipFile(io.BytesIO(content))
    return "\n".join(f"{name}\n{archive.read(name).decode()}" for name in archive.namelist())


def soup(response: Any) -> BeautifulSoup:
    """Return the parsed body of an answer."""
    return BeautifulSoup(response.content.decode(), "html.parser")


def words(tag: Tag | None) -> str:
    """Return the text of an element on one line; nothing for no element."""
    return " ".join(tag.get_text(" ").split()) if tag else ""


def text_at(response: Any, selector: str) -> str:
    """Return the text of the first element that a CSS selector finds."""
    return words(soup(response).select_one(selector))


def texts_at(response: Any, selector: str) -> list[str]:
    """Return the text of every element that a CSS selector finds."""
    return [words(tag) for tag in soup(response).select(selector)]


def title_of(response: Any) -> str:
    """Return the main heading."""
    return text_at(response, "h1")


def step_of(response: Any) -> str:
    """Return which step of a session is shown."""
    tag = soup(response).select_one("#step")
    return str(tag["data-step"]) if tag and tag.has_attr("data-step") else ""


def form_errors(response: Any) -> list[str]:
    """Return the errors that stand above a step's buttons."""
    return texts_at(response, ".form-errors li")


def field_errors(response: Any) -> dict[str, list[str]]:
    """Return the errors of a form of the desk or the admin, by field."""
    form = response.context["form"] if "form" in response.context else response.context["adminform"].form
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def is_page(response: Any) -> bool:
    """Tell whether the answer is a whole page and no fragment."""
    return bool(response.content.lstrip().lower().startswith(b"<!doctype html"))


def faults(response: Any) -> list[str]:
    """Return what is wrong with a whole page: its language, title, main heading, ids that stand twice."""
    page = soup(response)
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    found = [f"id {name} stands twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    labels = [str(tag["for"]) for tag in page.select("label[for]")]
    found += [f"label for {name}, which is not there" for name in labels if name not in ids]
    refs = {
        name
        for attribute in ("aria-labelledby", "aria-describedby")
        for tag in page.select(f"[{attribute}]")
        for name in str(tag[attribute]).split()
    }
    found += [f"aria reference to {name}, which is not there" for name in sorted(refs - set(ids))]
    if not page.html or not page.html.get("lang"):
        found.append("no language")
    if not words(page.title):
        found.append("no title")
    if len(page.find_all("h1")) != 1:
        found.append(f"{len(page.find_all('h1'))} main headings")
    return found

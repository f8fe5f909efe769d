"""A language in which every translated text stands in brackets: what stands outside of them is not translated."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Comment, Declaration, Doctype, NavigableString, Tag
from django.utils import translation

from exercises.access import SOURCE_LANGUAGE, STAGE_COLUMNS, TEXT_COLUMNS
from exercises.models import ProgrammeTranslation, ProgrammeVersion

# Any language that Django knows and we have no texts for.
LANGUAGE = "eo"
OPEN, CLOSE = "⟦", "⟧"
# Attributes that are read or heard, and those in which a script finds its words.
READ = ("aria-label", "aria-description", "aria-roledescription", "title", "alt", "placeholder", "label")
WORDS_OF_SCRIPTS = re.compile(r"[^\W\d_]+ [^\W\d_]+")
UNSEEN = ("script", "style")
LETTERS = re.compile(r"[^\W\d_]+")


# What is put into a message later, and tags within it: they belong to no language.
PARTS = re.compile(r"(%(?:\(\w+\))?[-\d.]*[sdif]|\{\w*\}|<[^>]+>)")


def put_in_brackets(message: object) -> str:
    """Translate a message around what is put into it; that has to be translated by itself."""
    parts = PARTS.split(str(message))
    # Every other part is one of those.
    return "".join(
        part if index % 2 or not part.strip() else f"{OPEN}{part}{CLOSE}" for index, part in enumerate(parts)
    )


def speak(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Switch the site to the language: gettext, whoever calls it, and the texts of the programme in its table."""
    settings.LANGUAGES, settings.LANGUAGE_CODE = [(LANGUAGE, "Brackets")], LANGUAGE
    translate: dict[str, Callable[..., str]] = {
        "gettext": put_in_brackets,
        "pgettext": lambda context, message: put_in_brackets(message),
        "ngettext": lambda one, many, number: put_in_brackets(one if number == 1 else many),
        "npgettext": lambda context, one, many, number: put_in_brackets(one if number == 1 else many),
    }
    for name, function in translate.items():
        monkeypatch.setattr(vars(translation)["_trans"], name, function, raising=False)
    for version in ProgrammeVersion.objects.published():
        ProgrammeTranslation.objects.bulk_create(
            ProgrammeTranslation(version=version, language_code=LANGUAGE, path=path, text=_line_by_line(text))
            for path, text in programme_texts(version)
        )


def programme_texts(version: ProgrammeVersion) -> Iterator[tuple[str, str]]:
    """Yield every text of a version that can be translated, with its path."""
    assert SOURCE_LANGUAGE != LANGUAGE
    for row in version.texts.all():
        yield from ((f"text.{row.topic}.{column}", getattr(row, column)) for column in TEXT_COLUMNS)
    for stage in version.stages.prefetch_related("tips", "phases"):
        yield from ((f"stage.{stage.key}.{column}", getattr(stage, column)) for column in STAGE_COLUMNS)
        yield from ((f"stage.{stage.key}.tip.{tip.order}", tip.text) for tip in stage.tips.all())
        yield from ((f"stage.{stage.key}.phase.{phase.order}", phase.cue) for phase in stage.phases.all())


def _line_by_line(text: str) -> str:
    # A page makes an item of each line.
    return "\n".join(put_in_brackets(line.strip()) for line in text.split("\n"))


def outside(text: str) -> str:
    """Return what stands outside of all brackets. A text that was cut off stays inside of its own."""
    found, depth = [], 0
    for letter in text:
        if letter == OPEN:
            depth += 1
        elif letter == CLOSE:
            depth = max(depth - 1, 0)
        elif not depth:
            found.append(letter)
    return "".join(found)


def untranslated(page: str, allowed: tuple[re.Pattern[str], ...]) -> list[str]:
    """Return the texts of a page, read or heard, with letters outside of brackets, but for what is `allowed`."""
    return [
        text for text in texts(BeautifulSoup(page, "html.parser")) if LETTERS.search(_without(allowed, outside(text)))
    ]


def texts(soup: BeautifulSoup) -> Iterator[str]:
    """Yield every text of a page that somebody reads or hears."""
    for string in soup.find_all(string=True):
        is_seen = not isinstance(string, Comment | Declaration | Doctype) and string.parent.name not in UNSEEN
        if is_seen and isinstance(string, NavigableString) and string.strip():
            yield " ".join(string.split())
    for tag in soup.select("*"):
        yield from _attributes(tag)


def _attributes(tag: Tag) -> Iterator[str]:
    for name, value in tag.attrs.items():
        is_label = (
            name == "value" and tag.name in ("input", "button") and tag.get("type") in ("submit", "button", "reset")
        )
        is_of_script = name.startswith("data-") and WORDS_OF_SCRIPTS.search(str(value))
        if (name in READ or is_label or is_of_script) and str(value).strip():
            yield str(value)


def _without(allowed: tuple[re.Pattern[str], ...], text: str) -> str:
    for pattern in allowed:
        text = pattern.sub("", text)
    return text

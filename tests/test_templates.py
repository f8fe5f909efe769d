"""What the content security policy forbids stands in no template, and is put together in no Python."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("kneecoach", "exercises", "progress")
FORBIDDEN = {
    "an inline style": re.compile(r"""(?<=["'\s])style\s*=\s*["'{\\]|<style\b""", re.IGNORECASE),
    "an inline handler": re.compile(r"""(?<=["'\s])on[a-z]+\s*=\s*["'{\\]""", re.IGNORECASE),
    "an htmx handler": re.compile(r"\bhx-on\b"),
    "a script without src": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "an address that is code": re.compile(r"\b(?:js|javascript):", re.IGNORECASE),
    "a trigger filter, which htmx evaluates": re.compile(r"""hx-trigger\s*=\s*(["'])[^"']*\["""),
    "text that is not escaped": re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off"),
}
UNESCAPED_NAMES = {"mark_safe", "SafeString", "SafeText"}
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.DOTALL)


def faults(text: str) -> list[str]:
    """Return what is forbidden in a piece of a page."""
    return [fault for fault, pattern in FORBIDDEN.items() if pattern.search(text)]


def python_strings(source: str) -> Iterator[str]:
    """Yield the strings of a module that are not docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def unescaped_names(source: str) -> set[str]:
    """Return the names used in a module that switch escaping off."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    used |= {
        alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return used & UNESCAPED_NAMES


TEMPLATES = [
    *(ROOT / "templates").rglob("*.html"),
    *(path for name in PACKAGES for path in (ROOT / name).rglob("*.html")),
]
MODULES = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]


def relative(path: Path) -> str:
    """Name a file in a test's id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sorted(TEMPLATES), ids=relative)
def test_template_is_clean(path: Path):
    assert faults(COMMENT.sub("", path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", sorted(MODULES), ids=relative)
def test_module_makes_no_unclean_page(path: Path):
    source = path.read_text(encoding="utf-8")
    assert [(fault, text) for text in python_strings(source) for fault in faults(text)] == []
    assert not unescaped_names(source)


@pytest.mark.parametrize(
    ("piece", "fault"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<p class=x style='{{ colour }}'>", "an inline style"),
        ("<style>p { color: red }</style>", "an inline style"),
        ('<button onclick="go()">', "an inline handler"),
        ('<input\n  onChange = "go()">', "an inline handler"),
        ('<form hx-on::after-request="go()">', "an htmx handler"),
        ("<script>go()</script>", "a script without src"),
        ('<script type="module">go()</script>', "a script without src"),
        ("<div hx-vals='js:{a: 1}'>", "an address that is code"),
        ('<a href="javascript:go()">', "an address that is code"),
        ('<div hx-trigger="click[ctrlKey]">', "a trigger filter, which htmx evaluates"),
        ("{{ note|safe }}", "text that is not escaped"),
        ("{{ note | safe }}", "text that is not escaped"),
        ("{% autoescape off %}", "text that is not escaped"),
    ],
)
def test_each_fault_is_found(piece: str, fault: str):
    assert fault in faults(piece)


@pytest.mark.parametrize(
    "piece",
    [
        '<script src="{% static \'kneecoach/js/app.js\' %}" type="module"></script>',
        '<button hx-post="{% url \'x\' %}" hx-trigger="click, keyup">',
        '{# style="no" is not allowed here #}',
        '<p class="style" data-option="on">one = "1"',
    ],
)
def test_clean_piece_is_not_blamed(piece: str):
    assert faults(COMMENT.sub("", piece)) == []


def test_names_that_switch_escaping_off_are_found():
    assert unescaped_names("from django.utils.safestring import mark_safe") == {"mark_safe"}
    assert unescaped_names("safestring.mark_safe(text)") == {"mark_safe"}

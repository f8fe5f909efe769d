"""Every text that a patient may read, from the places where it is written, and what it must not claim."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# Clinical reference 4.2: claims that the evidence does not carry. 4.5: verbs that make software a device (MHRA).
BANNED = {
    "isolates the muscle": r"isolat\w*",
    "targets only the muscle": r"target\w* (?:only|just|specifically)|only target\w*|target\w* the (?:vmo|inner thigh|muscle)",
    "realigns the kneecap": r"re-?align\w*",
    "tracks the kneecap": r"track\w*",
    "corrects the kneecap": r"correct\w* (?:\w+ ){0,3}(?:kneecap|patella|knee|tracking|alignment)",
    "cures": r"cur(?:e|es|ed|ing)",
    "prevents": r"prevent\w*",
    "proven": r"prov(?:en|ed|es)",
    "diagnoses": r"diagnos\w*",
    "calculates": r"calculat\w*",
    "converts": r"convert\w*",
    "detects": r"detect\w*",
    "measures": r"measur\w*",
    "monitors": r"monitor\w*",
}
PATTERNS = {name: re.compile(rf"\b{pattern}\b", re.IGNORECASE) for name, pattern in BANNED.items()}

# What stays allowed: each phrase with the reason why it claims nothing.
ALLOWED = {
    "It makes no diagnosis and decides no treatment": "the standing disclaimer says what the software does not do",
    "The diagnosis is made, and other causes": "the physiotherapist says so, before the first stage",
}


@dataclass(frozen=True)
class Text:
    """A text that somebody may read, and where it stands."""

    where: str
    text: str


def faults(text: str) -> list[str]:
    """Return what a text claims that it must not, allowed phrases left out."""
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    return [name for name, pattern in PATTERNS.items() if pattern.search(text)]


def patient_texts() -> Iterator[Text]:
    """Yield every text of the patient site: templates, Python, the programme, scripts."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if path.parts[len(ROOT.parts) + 1] not in FOR_STAFF:
            yield from _located(path, template_texts(path.read_text(encoding="utf-8")))
    for package in ("exercises", "progress", "kneecoach"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if not FOR_STAFF & {*path.parts, path.stem} and "migrations" not in path.parts:
                yield from _located(path, python_texts(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "exercises" / "programmes").glob("*.toml")):
        yield from _located(path, toml_texts(tomllib.loads(path.read_text(encoding="utf-8"))))
    for path in sorted((ROOT / "static" / "kneecoach" / "js").glob("*.js")):
        yield from _located(path, script_texts(path.read_text(encoding="utf-8")))


# Folders and modules whose texts only the clinic reads.
FOR_STAFF = {"admin", "desk", "design_system.html", "admin_base", "admin_forms", "checks", "demo", "management"}

COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.DOTALL)
QUOTED = r"""(?:"([^"]*)"|'([^']*)')"""
TRANSLATE = re.compile(rf"\{{%\s*translate\s+{QUOTED}")
READ_ATTRIBUTES = re.compile(r"""\b(?:aria-label|title|alt|placeholder|content)=["']([^"'{]+)["']""")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


def template_texts(source: str) -> Iterator[str]:
    """Yield the texts of a template: what is translated, what stands between tags, and attributes that are read out."""
    source = COMMENT.sub("", source)
    for double, single in TRANSLATE.findall(source):
        yield double or single
    yield from READ_ATTRIBUTES.findall(source)
    # A line break within a sentence is none for the reader.
    yield " ".join(TAG.sub(" ", source).split())


TRANSLATORS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def python_texts(source: str) -> Iterator[str]:
    """Yield the texts that a module hands to gettext."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATORS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def toml_texts(value: Any) -> Iterator[str]:
    """Yield every string of a programme."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from toml_texts(part)


SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w])//[^\n]*", re.DOTALL)
SCRIPT_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')


def script_texts(source: str) -> Iterator[str]:
    """Yield the strings of a script that may be read: those with a space or a capital letter at the start."""
    for double, template in SCRIPT_STRING.findall(SCRIPT_COMMENT.sub("", source)):
        text = double or template
        if " " in text or text[:1].isupper():
            yield text


def _located(path: Path, texts: Iterator[str]) -> Iterator[Text]:
    for text in texts:
        if text.strip():
            yield Text(str(path.relative_to(ROOT)), text)

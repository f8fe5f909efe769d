"""Whatever is shown or mailed is in our words: a text that comes with allauth fails the test that renders it."""

import re
from pathlib import Path
from typing import Any

import allauth
import pytest
from django.test.signals import template_rendered

THEIRS = Path(allauth.__file__).parent
TEXT = re.compile(r"\{% (?:blocktrans|trans)")


@pytest.fixture(autouse=True, scope="session")
def own_words() -> Any:
    """Look at each template that is rendered."""
    template_rendered.connect(_look_at)
    yield
    template_rendered.disconnect(_look_at)


def _look_at(sender: Any, template: Any, **told: Any) -> None:
    path = Path(template.origin.name)
    if path.is_relative_to(THEIRS) and TEXT.search(path.read_text(encoding="utf-8")):
        raise AssertionError(f"{template.name} comes with allauth and says something: write it in templates/")

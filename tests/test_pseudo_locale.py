"""No page for patients shows a text that cannot be translated."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse

from progress.models import ExerciseSession
from tests.cast import NOW, Cast, browser_of, make_cast, walk
from tests.pseudo import put_in_brackets, speak, untranslated

pytestmark = pytest.mark.django_db

# What is the same in every language, or somebody's own: each with the reason.
ALLOWED = {
    r"Kneecoach": "our name",
    r"Anna Knee|Anna|Petra Physio|Knee House": "people and their clinic",
    r"anna@example\.org": "an address",
    r"\bown\w*": "what somebody wrote",
    r"\b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)(?:/| – ).+|\bUTC\b": "zones",
    r"Firefox|Android": "what a browser calls itself",
    r"\bs\b": "the unit of seconds",
    r"http://localhost/calendar/\S+\.ics": "the address of a calendar",
}


PATTERNS = tuple(re.compile(pattern) for pattern in ALLOWED)


@pytest.mark.slow
def test_no_page_shows_untranslated_text(monkeypatch: pytest.MonkeyPatch, settings: Any, time_machine: Any):
    time_machine.move_to(NOW, tick=False)
    cast = make_cast()
    speak(monkeypatch, settings)
    found: dict[str, set[str]] = {}
    pages = 0

    for name, response in pages_of(cast):
        pages += 1
        for text in untranslated(response.content.decode(), PATTERNS):
            found.setdefault(text, set()).add(name)

    report = [f"{text!r}: {', '.join(sorted(names)[:3])}" for text, names in sorted(found.items())]
    assert not report, "\n".join(report)
    assert pages > 60


@pytest.mark.parametrize(
    "page",
    [
        "<p>Hello</p>",
        "<p>⟦Hello⟧ there</p>",
        "<p>⟦Stage ⟧1⟦: ⟧Seated squeeze</p>",
        "<p>⟦25⟧ November</p>",
        "<title>Progress</title>",
        "<template><h2>Get ready</h2></template>",
        "<svg><text>10 cm</text></svg>",
        '<nav aria-label="Main"></nav>',
        '<abbr title="Monday">⟦Mo⟧</abbr>',
        '<input placeholder="Write something">',
        '<input type="submit" value="Save">',
        '<div data-offline="That did not arrive."></div>',
    ],
)
def test_text_that_is_not_translated_is_found(page: str):
    assert untranslated(page, PATTERNS) != []


@pytest.mark.parametrize(
    "page",
    [
        "<p>⟦Hello⟧ Anna, 12:30</p>",
        "<p>⟦on ⟧25 ⟦November⟧⟦ by ⟧Petra Physio</p>",
        "<p>⟦Tues</p><p>⟦Mo</p>",
        "<!doctype html><!-- a comment --><script>let name = 'x y';</script>",
        "<option value='Europe/London'>Europe – London</option>",
        '<div class="wide stack" data-step="get_ready" data-held-ms="3000">⟦hold⟧ 3 s</div>',
        "<p>– · 0 / 10 %</p>",
    ],
)
def test_what_is_translated_or_of_no_language_is_not_blamed(page: str):
    assert untranslated(page, PATTERNS) == []


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("", ""),
        ("Hello", "⟦Hello⟧"),
        ("%(done)s of %(of)s", "%(done)s⟦ of ⟧%(of)s"),
        ("%(count)d times", "%(count)d⟦ times⟧"),
        ("Press <b>Start</b>.", "⟦Press ⟧<b>⟦Start⟧</b>⟦.⟧"),
    ],
)
def test_brackets_leave_out_what_is_put_into_a_message(message: str, shown: str):
    assert put_in_brackets(message) == shown


def pages_of(cast: Cast) -> Iterator[tuple[str, HttpResponse]]:
    """Yield every page of the patient, forms with errors, and the sessions in all their states."""
    ids = cast.ids[cast.patient.pk]
    for method in ("get", "post"):
        for name, _route, response in walk(cast, "patient", method, ids):
            is_page = response["Content-Type"].startswith("text/html") and response.content
            if is_page and not name.startswith("admin:") and response.status_code in (200, 404, 409, 422):
                yield f"{method} {name}", response
    browser = browser_of(cast, "patient")
    for row in ExerciseSession.objects.of(cast.patient):
        for page in ("", "record/", "correct/", "stop/", "plan/"):
            yield f"session {page}", browser.get(f"/sessions/{row.pk}/{page}")
        yield "day", browser.get(f"/progress/{row.local_date}/")
    yield "404", browser.get("/no-such-page/")

"""What is the same for everybody is put together once, and nothing of anybody gets into it."""

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import SafeString

from kneecoach.accounts.templatetags.page_tags import MOST_KEPT


def part(inside: str, *names: str) -> Template:
    """Return a template with nothing but such a part."""
    return Template(
        f"{{% load i18n page_tags %}}{{% for_everybody {' '.join(names)} %}}{inside}{{% endfor_everybody %}}"
    )


def shown(template: Template, **values: Any) -> str:
    """Render it."""
    return template.render(Context(values))


class Counted:
    """Something that tells how often it was looked at."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return str(self.times)


def test_it_is_rendered_once():
    template = part("{% now 'u' %}")

    assert shown(template) == shown(template)
    assert shown(template).isdigit()


def test_nothing_of_the_page_gets_in():
    request = RequestFactory().get("/")

    assert shown(part("[{{ patient }}{{ request.path }}]"), patient="Anna", request=request) == "[]"


def test_it_is_rendered_once_for_each_value_of_a_variable_that_is_named():
    template = part("{{ name }}{{ other }}", "name")

    assert [shown(template, name=name, other="Anna") for name in ("sun", "moon", "sun")] == ["sun", "moon", "sun"]
    assert shown(template, other="Anna") == ""


@pytest.mark.parametrize(
    "values", [(1, True, "1"), (0, False, None, ""), ("<b>", SafeString("<b>"))], ids=["one", "nothing", "markup"]
)
def test_values_that_are_equal_but_not_the_same_are_told_apart(values: tuple[object, ...]):
    inside = "{{ name }}{% if name is True %}yes{% elif name is False %}no{% elif name is None %}none{% endif %}"
    template = part(inside, "name")
    plain = Template(inside)

    assert [shown(template, name=value) for value in values] == [shown(plain, name=value) for value in values]


def test_it_is_rendered_once_for_each_language():
    template = part("{% get_current_language as language %}{{ language }}")
    found = []
    for language in ("de", "en-gb", "de"):
        with translation.override(language):
            found.append(shown(template))

    assert found == ["de", "en-gb", "de"]


def test_what_is_no_plain_value_is_rendered_each_time():
    template, counted = part("{{ name }}", "name"), Counted()

    assert [shown(template, name=counted) for _time in range(3)] == ["1", "2", "3"]


def test_no_more_is_kept_than_there_are_kinds():
    template = part("{{ name }}", "name")

    assert [shown(template, name=number) for number in range(MOST_KEPT + 5)] == [str(n) for n in range(MOST_KEPT + 5)]
    (node,) = [node for node in template.nodelist if hasattr(node, "kept")]
    assert len(node.kept) == MOST_KEPT


@pytest.mark.parametrize("inside", ["{% csrf_token %}", "{% if 1 %}{% block main %}{% endblock %}{% endif %}"])
def test_what_cannot_be_the_same_is_refused(inside: str):
    with pytest.raises(TemplateSyntaxError, match="not the same for everybody"):
        part(inside)


def test_icon_is_what_its_template_draws():
    page = Template('{% icon "sun" %}{% icon name %}').render(Context({"name": "moon"}))

    drawn = [render_to_string("_icon.html", {"name": name}) for name in ("sun", "moon")]
    assert page == "".join(drawn)
    assert drawn[0] != drawn[1]
    assert drawn[0].startswith("<svg")

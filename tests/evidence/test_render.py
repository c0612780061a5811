"""A template sees plain values and can neither call, nor change, nor unescape; its mistakes name their line."""

import runpy
from dataclasses import dataclass
from pathlib import Path

import pytest
from markupsafe import Markup

from throughline.evidence.render import RenderProblem, plain, to_html
from throughline.sdk import ReportFormat

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]


def a_format(template, context=lambda document, _settings: document):
    return ReportFormat(
        key="test.page",
        version=1,
        title="Test",
        audience="Nobody",
        summary="A page.",
        template=template,
        stylesheet="",
        context=context,
    )


def shown(template, words=""):
    return to_html(sample_document(), a_format(template, lambda *_: {"words": words}), {})


def test_it_fills_a_template_with_the_values_of_the_context():
    context = lambda document, settings: {"who": document["provider"]["name"], "how": settings["tone"]}  # noqa: E731
    page = to_html(sample_document(), a_format("{{ who }}, {{ how }}", context), {"tone": "calm"})
    assert page == "Calder Vale Mental Health Partnership, calm"


def test_a_chart_comes_in_as_an_image():
    page = to_html(sample_document(), a_format("{{ measures[0].chart }}"), {})
    assert page.startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    "words",
    [
        "{{7*7}}",
        "{% for a in b %}",
        "{# gone #}",
        "<script>alert(1)</script>",
        "</td></tr></table>",
        "\"'><img src=x onerror=alert(1)>",
        "&lt;b&gt;",
    ],
)
def test_words_stay_words(words):
    page = shown("<p>{{ words }}</p>", words)
    assert page == f"<p>{Markup.escape(words)}</p>"


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u202a", "\u2066", "\u2069", "\x00", "\x08", "\x1b", "\ufffe", "\ud800"]
)
def test_what_turns_text_round_or_has_no_place_in_a_page_is_shown_as_a_mark(hidden):
    assert shown("{{ words }}", f"a{hidden}b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n\n{{ nobody }}", r"line 3: 'nobody' is undefined"),
        ("\n{{ words.none.at.all }}", r"line 2: .*has no attribute 'none'"),
        ("\n{% for %}", r"line 2: "),
        ("{{ 1 / 0 }}", r"line 1: division by zero"),
        ("{{ words + 1 }}", r"line 1: "),
        ("{% include 'secrets' %}", r"line 1: "),
        ("{% import 'secrets' as s %}", r"line 1: "),
        ("{{ words.__class__.__mro__ }}", r"line 1: .*unsafe"),
        ("{{ words.format.__globals__ }}", r"line 1: .*unsafe"),
        ("{{ '{0.__class__}'.format(words) }}", r"line 1: .*unsafe"),
        ("{{ [].append(1) }}", r"line 1: .*unsafe"),
        ("{{ lipsum }}", r"line 1: 'lipsum' is undefined"),
        ("{{ cycler }}", r"line 1: 'cycler' is undefined"),
        ("{{ range(99999999) }}", r"line 1: Range too big"),
        ("{{ words|safe }}", r"line 1: No filter named 'safe'"),
        ("\n{% autoescape false %}{{ words }}{% endautoescape %}", r"line 2: escaping cannot be switched"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", r"line 1: maximum recursion depth"),
    ],
)
def test_a_template_that_fails_names_its_line(template, said):
    with pytest.raises(RenderProblem, match=said):
        shown(template, "<b>")


def test_a_context_that_fails_is_named():
    with pytest.raises(RenderProblem, match="its context failed: KeyError: 'absent'"):
        to_html(sample_document(), a_format("x", lambda document, _: document["absent"]), {})


@dataclass
class Thing:
    name: str


@pytest.mark.parametrize(
    "value", [Thing("x"), object(), {1, 2}, b"bytes", len, Markup("<b>"), {"deep": [Thing("x")]}]
)
def test_a_context_may_only_hand_over_plain_values(value):
    with pytest.raises(RenderProblem, match="is not a plain value"):
        to_html(sample_document(), a_format("x", lambda *_: {"value": value}), {})


def test_a_context_cannot_change_the_document():
    def meddle(document, _settings):
        document["run"] = "another"
        return document

    with pytest.raises(RenderProblem, match="does not support item assignment"):
        to_html(sample_document(), a_format("x", meddle), {})


def test_plain_copies_all_the_way_down():
    value = {"a": [{"b": (1, 2.5, True, None, "x")}]}
    found = plain(value)
    assert found == {"a": [{"b": [1, 2.5, True, None, "x"]}]}
    found["a"][0]["b"].append("more")
    assert value == {"a": [{"b": (1, 2.5, True, None, "x")}]}

"""The sandbox of a format's template: plain values in, escaped text out, nothing within reach."""

import base64
import runpy
from pathlib import Path

import pytest

from throughline.evidence.document import fingerprint
from throughline.evidence.render import RenderProblem, plain, to_html
from throughline.sdk import ReportFormat

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]


def page(template, **values):
    """Return what a template makes of values."""
    report_format = ReportFormat(
        key="test.page",
        version=1,
        title="Test",
        audience="Nobody",
        summary="A page.",
        template=template,
        stylesheet="",
        context=lambda _document, _settings: values,
    )
    return to_html(sample_document(), report_format, {})


def test_words_are_escaped():
    assert page("{{ said }}", said="<b>{{ 7 * 7 }}</b>") == "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;"


def test_a_macro_of_the_template_is_not_escaped_and_its_words_are():
    assert page("{% macro m(a) %}<i>{{ a }}</i>{% endmacro %}{{ m(x) }}", x="<b>") == "<i>&lt;b&gt;</i>"


def test_the_fingerprint_of_the_document_is_given():
    assert page("{{ fingerprint }}") == fingerprint(sample_document())


def test_a_chart_comes_in_as_an_image_and_only_there():
    svg = "<svg><title>t</title></svg>"
    shown = page("{{ measures[0].chart }}|{{ measures[0].chart_svg }}", measures=[{"chart_svg": svg}])
    image, text = shown.split("|")
    assert base64.b64decode(image.removeprefix("data:image/svg+xml;base64,")).decode() == svg
    assert "<svg" not in text


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{{ nobody }}", 1),
        ("a\nb\n{{ a.nobody }}", 3),
        ("a\n{% for x in many %}\n{{ x.nobody }}\n{% endfor %}", 3),
        ("a\n{% macro m(a) %}\n\n{{ a.nobody }}\n{% endmacro %}\n{{ m(a) }}", 4),
        ("a\n\n\n{{ 1 / 0 }}", 4),
        ("a\n{{ a | nofilter }}", 2),
        ("a\n\n{% if %}", 3),
        ("a\n{{ '' + 3 }}", 2),
    ],
)
def test_what_goes_wrong_names_the_line_of_the_template(template, line):
    with pytest.raises(RenderProblem, match=rf"line {line}: "):
        page(template, a={}, many=[{}])


@pytest.mark.parametrize(
    "template",
    [
        "{{ a.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ a['__class__'].__base__ }}",
        "{{ a|attr('__class__') }}",
        "{{ '{0.__class__}'.format(a) }}",
        "{{ a.update({'b': 1}) }}",
        "{{ a.clear() }}",
        "{{ many.append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{% include 'file' %}",
        "{% import 'os' as os %}",
        "{{ range(999999999) }}",
    ],
)
def test_nothing_leads_out_of_the_sandbox(template):
    with pytest.raises(RenderProblem):
        page(template, a={"b": 2}, many=[1])


def test_the_document_cannot_be_changed_by_a_context():
    def change(document, _settings):
        document["run"] = "another"
        return {}

    report_format = ReportFormat(
        key="test.page",
        version=1,
        title="Test",
        audience="Nobody",
        summary="A page.",
        template="x",
        stylesheet="",
        context=change,
    )
    with pytest.raises(RenderProblem, match="context failed: TypeError"):
        to_html(sample_document(), report_format, {})


class Words(str):
    """Text that could say of itself that it needs no escaping."""

    __slots__ = ()

    def __html__(self):
        return self


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", print, Words("<b>"), 1j])
def test_only_plain_values_pass(value):
    with pytest.raises(TypeError, match="not a plain value"):
        plain({"a": [value]})


def test_plain_values_are_copied():
    inner = [1, "two", None, True, 2.5]
    found = plain({"a": inner, "b": (1,)})
    assert found == {"a": inner, "b": [1]}
    assert found["a"] is not inner

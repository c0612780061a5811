"""The evidence document: complete, strict, agreeing with itself, with one form and one fingerprint."""

import copy
import json
import runpy
from pathlib import Path

import pytest
from marshmallow import ValidationError

from throughline.evidence.document import canonical, fingerprint, validated

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]


def places(value, path=()):
    """Yield the path of every mapping in a document."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:1]):
            yield from places(inner, (*path, index))


def at(document, path):
    """Return what lies at a path."""
    for step in path:
        document = document[step]
    return document


@pytest.mark.parametrize("signed", [True, False])
def test_a_whole_document_is_accepted(signed):
    document = sample_document(signed=signed)
    assert validated(document) == document


def test_it_survives_json_unchanged():
    document = sample_document()
    assert json.loads(canonical(document)) == document


@pytest.mark.parametrize("path", list(places(sample_document())), ids=lambda path: ".".join(map(str, path)))
def test_every_part_refuses_what_it_does_not_know_and_misses_what_it_needs(path):
    document = sample_document()
    at(document, path)["person"] = "a name that must not be here"
    with pytest.raises(ValidationError, match="person"):
        validated(document)
    for key in at(sample_document(), path):
        document = sample_document()
        del at(document, path)[key]
        with pytest.raises(ValidationError, match=key):
            validated(document)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "throughline.evidence/2"),
        (("cut_at",), "yesterday"),
        (("cut_at",), "2026-10-12T06:00:00"),
        (("period", "start"), "1 July 2026"),
        (("period", "end"), "2026-06-30"),
        (("figures", 0, "unit"), "per fortnight"),
        (("figures", 0, "value"), float("nan")),
        (("figures", 1, "value"), 99.0),
        (("measures", 0, "direction"), "sideways"),
        (("measures", 0, "sentences"), ["One."]),
        (("line", "steps", 2, "reached"), 35),
        (("incidents", "by_category", 0, "total"), 1),
        (("incidents", "by_category", 0, "counts"), [1, 2]),
        (("reviews", "completed_on_time"), 99),
        (("provider", "name"), 7),
    ],
)
def test_what_is_wrong_or_contradicts_itself_is_refused(path, wrong):
    document = sample_document()
    at(document, path[:-1])[path[-1]] = wrong
    with pytest.raises(ValidationError):
        validated(document)


def test_the_canonical_form_knows_no_order_of_keys():
    document = sample_document()
    turned = dict(reversed(list(document.items())))
    assert canonical(turned) == canonical(document)
    assert fingerprint(turned) == fingerprint(document)


def test_signing_changes_no_fingerprint_and_any_figure_does():
    assert fingerprint(sample_document(signed=False)) == fingerprint(sample_document(signed=True))
    changed = copy.deepcopy(sample_document())
    changed["figures"][0]["previous"] += 1
    assert fingerprint(changed) != fingerprint(sample_document())


def test_words_of_any_script_are_kept_as_they_are():
    document = {**sample_document(), "summary": ["Zażółć · 漢字 · naïve"]}
    assert "Zażółć · 漢字 · naïve".encode() in canonical(document)

"""A document is plain, whole, agrees with itself, and has one form and one fingerprint."""

import hashlib
import json
import runpy
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from throughline.evidence.document import canonical, fingerprint, unsigned, validated

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]


def changed(path, value):
    """Return the sample with one value, named by keys and positions, put in another's place."""
    document = sample_document()
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return document


def refusal(document):
    with pytest.raises(ValidationError) as refused:
        validated(document)
    return refused.value.messages


@pytest.mark.parametrize("signed", [True, False])
def test_a_whole_document_is_taken_as_it_is(signed):
    document = sample_document(signed=signed)
    assert validated(document) == document


def test_what_was_checked_cannot_be_changed_from_outside():
    document = sample_document()
    frozen = validated(document)
    document["figures"][0]["value"] = 1
    assert frozen["figures"][0]["value"] == 385


@pytest.mark.parametrize("part", sorted(sample_document()))
def test_it_refuses_a_document_without_a_part(part):
    document = sample_document()
    del document[part]
    assert part in refusal(document)


def test_it_refuses_what_it_does_not_know():
    assert "blame" in refusal({**sample_document(), "blame": "nobody"})
    assert "name" in refusal(changed(["actions", 0, "name"], "Joe"))["actions"][0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["figures", 0, "value"], "385"),
        (["figures", 0, "value"], float("nan")),
        (["figures", 0, "value"], float("inf")),
        (["figures", 0, "value"], True),
        (["figures", 0, "definition"], None),
        (["figures", 0, "unit"], "furlongs"),
        (["figures", 0, "as_of"], "2026-10-12T06:00:00"),
        (["figures", 0, "as_of"], "yesterday"),
        (["measures", 0, "points", 0, "numerator"], 1.5),
        (["measures", 0, "points", 0, "numerator"], -1),
        (["measures", 0, "points", 0, "start"], "Oct 2024"),
        (["measures", 0, "sentences"], ["one", "two"]),
        (["measures", 0, "direction"], "sideways"),
        (["measures", 0, "spc", "kinds", 3], "special"),
        (["line", "broken", 0, "step"], "forgotten"),
        (["incidents", "by_category", 0, "counts", 0], "31"),
        (["run"], "the last one"),
        (["schema"], "throughline.evidence/3"),
        (["sign_off"], {"name": "Ruth Ellis"}),
        (["period", "end"], "30 September"),
    ],
)
def test_it_refuses_a_value_that_is_not_what_it_says(path, value):
    messages = refusal(changed(path, value))
    assert path[0] in messages


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["figures", 1, "value"], 8.1, "Moderate harm or worse: 8.1 is not 27 of 385 (percent)"),
        (["figures", 0, "value"], 384, "Incidents reported: 384 is not 385 (count)"),
        (["figures", 1, "denominator"], 0, "Moderate harm or worse: 7 is not 27 of 0 (percent)"),
        (["figures", 1, "denominator"], None, "Moderate harm or worse: 7 is not 27 (percent)"),
        (["line", "steps", 2, "share"], 0.95, "Reviewed: 0.95 is not 31 of 34"),
        (["line", "steps", 2, "reached"], 35, "Reviewed: 35 reached it and only 34 were due"),
        (["line", "steps", 6, "share"], 1.0, "Improved: nothing was due, so there is no share"),
        (["incidents", "by_category", 0, "total"], 85, "Violence and aggression: 85 is not the sum"),
        (["incidents", "harms"], ["None", "Low"], "Violence and aggression: 5 counts for 2 grades of harm"),
        (["reviews", "opened"], 34, "Reviews: 34 opened is not the sum of its kinds"),
        (["measures", 0, "points", 1, "start"], "2024-10-01", "Self-harm: its points are not in order"),
        (["measures", 0, "variation"], "common_cause", "Self-harm: its variation is not that of its last"),
        (["measures", 0, "spc", "kinds"], ["common_cause"], "Self-harm: 24 points and 1 kinds"),
        (["period", "end"], "2026-06-30", "The period ends before it starts"),
    ],
)
def test_it_refuses_figures_that_contradict_each_other(path, value, said):
    assert any(found.startswith(said) for found in refusal(changed(path, value))["_schema"])


def test_more_reviews_on_time_than_completed_is_a_contradiction():
    document = sample_document()
    document["reviews"]["completed_on_time"] += 20
    document["reviews"]["by_kind"][0]["completed_on_time"] += 20
    assert "Reviews: more were on time than were completed" in refusal(document)["_schema"]


def test_a_figure_of_nothing_due_has_no_value():
    document = changed(["figures", 3, "denominator"], 0)
    document["figures"][3] |= {"numerator": 0, "value": None}
    assert validated(document)


def test_the_order_of_keys_changes_nothing():
    document = sample_document()
    backwards = dict(reversed(document.items()))
    assert list(backwards) != list(document)
    assert canonical(backwards) == canonical(document)
    assert fingerprint(backwards) == fingerprint(document)


def test_the_canonical_form_is_json_that_reads_back_the_same():
    document = sample_document()
    assert json.loads(canonical(document)) == document
    assert canonical(json.loads(canonical(document))) == canonical(document)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ).map(lambda value: {"value": value})
)
def test_reading_back_what_was_stored_never_changes_the_fingerprint(document):
    assert fingerprint(json.loads(canonical(document))) == fingerprint(document)


def test_a_number_that_is_no_number_has_no_canonical_form():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"value": float("nan")})


def test_signing_changes_no_fingerprint_and_any_figure_does():
    draft, signed = sample_document(signed=False), sample_document()
    assert fingerprint(draft) == fingerprint(signed)
    other = deepcopy(draft)
    other["figures"][0]["numerator"] += 1
    assert fingerprint(other) != fingerprint(draft)


def test_the_fingerprint_is_the_sha256_of_the_text_that_is_attached():
    assert fingerprint(sample_document()) == hashlib.sha256(unsigned(sample_document())).hexdigest()
    assert json.loads(unsigned(sample_document()))["sign_off"] is None

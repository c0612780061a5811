"""Small numbers of a row are hidden, and nobody can work them out from what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.evidence.disclosure import FEWEST, masked

ROWS = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 12) | st.integers(0, 200), min_size=1)


@pytest.mark.parametrize(
    ("parts", "total", "shown"),
    [
        ({"a": 14, "b": 6, "c": 0}, 20, {"a": 14, "b": 6, "c": 0}),
        ({"a": 14, "b": 6, "c": 3}, 23, {"a": 14, "b": None, "c": None}),
        ({"a": 14, "b": 2, "c": 3}, 19, {"a": 14, "b": None, "c": None}),
        ({"a": 14, "b": 1, "c": 1}, 16, {"a": None, "b": None, "c": None}),
        ({"a": 3, "b": 0}, None, {"a": None, "b": 0}),
        ({"a": 0, "b": 0}, 0, {"a": 0, "b": 0}),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, None, dict.fromkeys("abcde")),
    ],
)
def test_what_is_hidden(parts, total, shown):
    assert masked(sum(parts.values()), parts) == (total, shown)


@given(ROWS)
def test_no_small_number_is_shown_and_none_follows_from_the_rest(parts):
    total, shown = masked(sum(parts.values()), parts)
    assert all(count is None or count == 0 or count >= FEWEST for count in (total, *shown.values()))
    assert all(count is None or count == parts[name] for name, count in shown.items())
    hidden = [name for name, count in shown.items() if count is None]
    if total is None or not hidden:
        return
    left = total - sum(count for count in shown.values() if count is not None)
    # What a reader knows: so many hidden numbers, none of them nought, that come to this together.
    assert len(hidden) > 1
    assert left > len(hidden), "not all of them are one"


@given(ROWS.filter(lambda parts: not any(0 < count < FEWEST for count in parts.values())))
def test_where_nothing_is_small_nothing_is_hidden(parts):
    total = sum(parts.values())
    assert masked(total, parts) == (total, parts)

"""A drawing is sound whatever it is given: well-formed, escaped, told in words, and within its edges."""

import itertools
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.trends.charts import Change, spc_chart
from throughline.trends.drawing import apart, figure, fitted, scale, width_of
from throughline.trends.frames import Note, place, where
from throughline.trends.icons import draw_icon
from throughline.trends.keys import POINTS
from throughline.trends.meanings import assurance_meaning, variation_meaning
from throughline.trends.spc import xmr

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "",
    "<script>alert(1)</script>",
    "Tea & \"biscuits\" at 'four'",
    "مراجعة سياسة الملاحظة",
    "\u202etxt.exe",
    "w" * 500,
    "a\x00b\x1b\ud800c\ufffe",
    "]]><!--",
    "病棟" * 40,
]
SERIES = {
    "one point": [3],
    "two points": [3, 7],
    "equal": [4] * 14,
    "zero": [0] * 14,
    "negative": [-3, 2, -5, 1, -2, 0, 4, -6, 2, -1, 3, -2, 1, 2],
    "tiny": [n * 1e-9 for n in range(20)],
    "huge": [n * 1e99 for n in range(10)],
    "many": [n % 9 for n in range(120)],
    "a jump": [5, 6, 5, 7, 5, 6, 5, 7, 6, 5, 6, 5, 6, 40, 41, 42, 45, 44, 43, 42],
}


def months(count):
    return [date(2016 + n // 12, n % 12 + 1, 1) for n in range(count)]


def drawn(
    values,
    *,
    title="Falls",
    description="What it says.",
    name="chart",
    labels=(),
    on=(),
    narrow=False,
    **options,
):
    days = months(len(values))
    changes = [Change(day, label) for day, label in zip(on or days, labels, strict=False)]
    chart = xmr(values, fix_after=12 if len(values) > 12 else None, **options)
    return spc_chart(
        chart, days, title=title, description=description, name=name, unit="incidents a month",
        changes=changes, narrow=narrow,
    )  # fmt: skip


def sound(svg):
    """Return the parsed drawing, after what must hold for each."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert set(root.get("aria-labelledby").split()) == set(ids)
    assert root[0].tag == f"{SVG}title"
    for element in root.iter():
        assert element.tag in {
            f"{SVG}{tag}"
            for tag in ("svg", "title", "desc", "g", "rect", "line", "polyline", "polygon", "circle", "text")
        }
        assert not any(name == "style" or name.startswith("on") or "href" in name for name in element.attrib)
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"):
            assert element.get(name) is None or re.fullmatch(r"-?\d+(\.\d+)?", element.get(name)), (
                element.attrib
            )
        assert not element.get("font-size") or float(element.get("font-size")) >= 12
    return root


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_any_series_gives_a_sound_drawing_within_its_edges(values, narrow):
    root = sound(drawn(values, labels=["A change"] * 3, narrow=narrow, target=5, direction="increase"))
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    assert width == (300 if narrow else 680)
    for element in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("cx", width)):
            assert 0 <= float(element.get(name, 0)) <= most
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, 0)) <= height
    for element in root.iter(f"{SVG}text"):
        wide, x = width_of(element.text, float(element.get("font-size"))), float(element.get("x"))
        before = {"start": 0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "start")]
        assert x - before >= -2 and x - before + wide <= width + 2, element.text


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_people_stay_words(words, narrow):
    labels = [words, "b", words, "d"]
    root = sound(drawn([5] * 20, title=words, description=words, name=words, labels=labels, narrow=narrow))
    kept = re.sub("[\x00-\x1f\ud800-\udfff\ufffe]", "", words)
    assert "".join(root[0].itertext()) == kept
    assert len([found for found in texts(root) if found == "b"]) == 1


def test_the_same_figures_give_the_same_drawing():
    assert drawn(SERIES["a jump"], labels=HOSTILE) == drawn(SERIES["a jump"], labels=HOSTILE)


def test_the_names_of_two_drawings_do_not_touch():
    both = drawn([1, 2], name="a") + drawn([1, 2], name="a-narrow", narrow=True)
    ids = re.findall(r' id="([^"]+)"', both)
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize("on", [date(1990, 1, 1), date(2015, 12, 31), date(2017, 9, 1), date(2099, 1, 1)])
def test_a_change_outside_the_periods_is_not_drawn(on):
    assert "Elsewhere" not in drawn([5] * 20, labels=["Elsewhere"], on=[on])


@pytest.mark.parametrize("on", [date(2016, 1, 1), date(2017, 8, 31)])
def test_a_change_on_the_first_or_last_day_is_drawn(on):
    assert "At the edge" in texts(sound(drawn([5] * 20, labels=["At the edge"], on=[on])))


def test_it_names_the_newest_figures_and_the_target():
    found = texts(sound(drawn(SERIES["a jump"], target=30, direction="decrease")))
    assert {"latest 42", "mean 5.7", "target 30"} <= set(found)


def test_kinds_of_points_differ_by_shape_and_the_key_says_which():
    assert len({shape for shape, _, _ in POINTS.values()}) == len(POINTS)
    found = texts(sound(drawn(SERIES["a jump"], direction="decrease")))
    assert {"usual ups and downs", "signal: needs a look", "limits from these 12"} <= set(found)
    assert "trial limits: few points so far" in texts(sound(drawn([1, 5, 3])))
    assert not {"trial limits: few points so far", "limits from these 12"} & set(texts(sound(drawn([1]))))


def test_it_refuses_days_that_do_not_fit():
    chart = xmr([1, 2])
    with pytest.raises(ValueError, match="need as many days"):
        spc_chart(chart, months(3), title="t", description="d", name="n")
    with pytest.raises(ValueError, match="in order"):
        spc_chart(chart, months(2)[::-1], title="t", description="d", name="n")


def test_weeks_are_named_by_their_monday():
    days = [date(2026, 1, 5) + timedelta(days=7 * n) for n in range(10)]
    svg = spc_chart(xmr(range(10)), days, title="t", description="d", name="n")
    assert "9 Mar" in texts(sound(svg)) and "9 Mar 2026: 9" in svg


@pytest.mark.parametrize("direction", ["increase", "decrease", "neutral"])
def test_every_icon_is_sound_and_differs_in_shape_and_letter(direction):
    way = ("neutral_high", "neutral_low") if direction == "neutral" else ("improvement", "concern")
    found = [variation_meaning(f"special_cause_{kind}", direction) for kind in way]
    found += [variation_meaning("common_cause", direction)]
    found += [assurance_meaning(kind) for kind in ("consistently_pass", "consistently_fail", "inconsistent")]
    assert (
        len({meaning.shape for meaning in found}) == len({meaning.letter for meaning in found}) == len(found)
    )
    for place_, meaning in enumerate(found):
        root = sound(draw_icon(meaning, f"icon-{place_}"))
        assert root[0].text == meaning.title and texts(root) == [meaning.letter]


@given(st.lists(st.tuples(st.floats(36, 278), st.text("abcw ", min_size=1, max_size=40)), max_size=4))
def test_notes_keep_to_their_edges_and_off_each_other(found):
    notes = [Note(x, label) for x, label in found if label.strip()]
    placed = place(notes, 36, 352, 12)
    assert {one.note for one in placed} == set(notes)
    for one in placed:
        assert (one.start >= 30 and one.end <= 360) or one.words == "…"
    for one, two in ((one, two) for one in placed for two in placed if one is not two and one.row == two.row):
        assert one.end <= two.start or two.end <= one.start


def test_two_changes_close_together_keep_their_lines_out_of_their_words():
    placed = place([Note(214, "Shared handover board"), Note(224, "Evening activity post")], 36, 352, 12)
    for one in placed:
        assert not any(two.start < one.note.x < two.end for two in placed if two.row < one.row)
    assert {one.words for one in placed} == {"Shared handover board", "Evening activity post"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"), (4.0, "4"), (4.26, "4.3"), (0.256, "0.26"), (100.9, "101"), (-14.4, "-14.4"), (1234, "1,234"),
        (4e9, "4bn"), (1_234_567, "1.23m"), (999_400_000, "999m"), (2e15, "2e15"), (5e-4, "5e-4"),
    ],
)  # fmt: skip
def test_figures_read_as_people_write_them(value, words):
    assert figure(value) == words


@given(st.floats(-1e90, 1e90), st.floats(-1e90, 1e90))
def test_a_scale_holds_what_it_was_made_for(one, two):
    low, high = sorted((one, two))
    found = scale(low, high)
    little = 1e-9 * found.step
    assert found.low - little <= low and high <= found.high + little and 2 <= len(found.ticks) <= 12


def test_the_scale_of_a_count_has_whole_steps():
    assert scale(0, 2, whole=True).ticks == [0, 1, 2, 3]


@given(st.lists(st.floats(0, 200), max_size=5))
def test_labels_are_moved_apart_in_their_order(places):
    found = apart(places, 16, 0, 200)
    order = sorted(range(len(places)), key=lambda index: (places[index], index))
    for one, two in itertools.pairwise(order):
        assert found[two] - found[one] >= 16 - 1e-9


def test_what_does_not_fit_ends_in_an_ellipsis():
    assert fitted("short", 12, 200) == "short"
    assert fitted("a rather long label", 12, 60).endswith("…")
    assert fitted("w" * 50, 12, 1) == "…"


@given(st.text(max_size=60), st.floats(20, 300))
def test_as_much_of_a_label_stays_as_fits(words, width):
    shown = fitted(words, 12, width)
    whole = " ".join(words.split())
    assert width_of(shown, 12) <= width
    if shown != whole:
        kept = shown.removesuffix("…")
        following = whole[len(kept) :].lstrip()[0]
        assert whole.startswith(kept) and width_of(f"{kept} {following}…", 12) > width


def test_a_label_without_end_is_cut_in_one_pass():
    assert len(fitted("w" * 3_000_000, 12, 200)) < 40


def test_a_day_lies_within_its_period():
    starts = months(3)
    assert where(date(2016, 1, 1), starts) == -0.5
    assert 0.9 < where(date(2016, 2, 15), starts) < 1.1
    assert where(date(2016, 4, 30), starts) is None

"""What no font can draw is shown as a mark, so that the file keeps to its standard."""

import pytest
from weasyprint.text.fonts import FontConfiguration

from throughline.evidence.glyphs import drawable

NO_FONT_DRAWS = "\u0378"  # not assigned, so in no font on any machine


@pytest.fixture(scope="module")
def machine():
    return FontConfiguration()


@pytest.mark.parametrize("words", ["", "plain", "Łódź, naïve, – “quoted” … →", "a\tb\nc", "é" * 5000])
def test_what_fonts_draw_is_left_as_it_is(machine, words):
    assert drawable(words, machine) == words


def test_what_no_font_draws_is_replaced_and_nothing_else(machine):
    assert drawable(f"a{NO_FONT_DRAWS}b{NO_FONT_DRAWS}", machine) == "a\ufffdb\ufffd"


def test_marks_that_draw_nothing_of_their_own_stay(machine):
    assert (
        drawable("soft\u00adhyphen, e\u0301, zero\u200dwidth", machine)
        == "soft\u00adhyphen, e\u0301, zero\u200dwidth"
    )

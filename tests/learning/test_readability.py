"""Advice on how easy a text is to read."""

import pytest

from throughline.learning.readability import AIM, readability

EASY = (
    "Two people were late. The handover was cut short. The night team did not know who was in the garden. "
    "Now we wait until all are here. It takes ten minutes more."
)
HARD = (
    "Interdisciplinary communication deficiencies, notwithstanding contemporaneous documentation, "
    "necessitated organisational reconsideration of established observational procedures, particularly "
    "regarding intermittent observation frequencies during transitional operational periods."
)


def test_plain_words_are_for_children_and_officialese_is_for_nobody():
    assert readability(EASY).reading_age < AIM
    assert readability(EASY).advice == ()
    assert readability(HARD).reading_age > 20
    assert readability(HARD).advice == ("Shorter sentences and shorter words would help more people.",)


def test_it_follows_the_formula():
    # 24 words of one syllable each in 2 sentences: 0.39 * 12 + 11.8 * 1 - 15.59 = 0.89, five years on 5.89.
    text = "We met at ten and sat in the hall to plan. Each of us took one part of it home to do by six."
    assert readability(text).words == 24
    assert readability(text).reading_age == pytest.approx(5.9)


def test_a_line_ends_a_sentence_as_people_read_a_list():
    lines = "\n".join(["Check the rail before each shift"] * 8)
    assert readability(lines).reading_age < readability(lines.replace("\n", " ")).reading_age


@pytest.mark.parametrize("text", ["", "  \n ", "Two words.", "1234 5678 !!! ..."])
def test_a_text_too_short_to_tell_has_no_age(text):
    assert readability(text).reading_age is None


def test_a_long_briefing_gets_advice():
    found = readability("We wait for all. " * 80)
    assert found.words == 320
    assert found.advice == ("A briefing of up to 300 words is more likely to be read on a shift.",)


def test_words_of_every_alphabet_count():
    assert readability("Ëlla’s Größe naïve café").words == 4

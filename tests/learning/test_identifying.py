"""What could let somebody be recognised is found before a learning leaves its unit, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.learning import identifying, service, sharing
from throughline.tenancy.queries import tree

PLAIN = service.Words(
    "Handover when two are late",
    "On evenings with two of five staff away, the handover told events and not what had changed in risk.",
    "We wait until everybody is there. Within 15 minutes each new risk is said aloud, 1 to 1 where needed.",
    "In 3 of 10 reviews since 2024 the change was known and did not reach the people who needed it.",
)


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("It was on 3 March 2026 that", "3 March 2026", "a date"),
        ("on the 21st of Feb the rail", "21st of Feb", "a date"),
        ("on March 3rd the", "March 3rd", "a date"),
        ("seen 03/04/26 by", "03/04/26", "a date"),
        ("seen 2026-04-03 by", "2026-04-03", "a date"),
        ("at 21:40 the alarm", "21:40", "a time of day"),
        ("at 9.05 pm it", "9.05 pm", "a time of day"),
        ("a man aged 34 who", "aged 34", "an age"),
        ("the 34-year-old had", "34-year-old", "an age"),
        ("told Dr Okafor that", "Dr Okafor", "a person's title and name"),
        ("in Room 12 beside", "Room 12", "a room or bed"),
        ("write to ann.bell@nhs.example today", "ann.bell@nhs.example", "an e-mail address"),
        ("call 0113 496 0000 now", "0113 496 0000", "a telephone number"),
        ("lives at LS1 4AP with", "LS1 4AP", "a postcode"),
        ("number 943 476 5919 was", "943 476 5919", "an NHS number"),
    ],
)
def test_what_only_one_person_fits_is_found_as_it_stands(text, words, why):
    assert identifying.found_in(text, {}) == [(words, why)]


def test_a_plain_learning_is_left_alone():
    for part in identifying.PARTS:
        assert identifying.found_in(getattr(PLAIN, part), {}) == []


def test_ten_digits_of_anything_else_are_no_nhs_number():
    assert not identifying.is_nhs_number("943 476 5918")
    assert not identifying.is_nhs_number("943 476 591")


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_at_most_one_last_digit_makes_an_nhs_number(digits):
    text = "".join(map(str, digits))
    assert sum(identifying.is_nhs_number(f"{text}{last}") for last in range(10)) <= 1


def test_colleagues_places_and_references_are_known_by_name(scope, review_on):
    review = review_on(scope)
    words = {**vars(PLAIN), "why": "Joe Barnes on OAK WARD wrote CV-1. Joe and an oaken table did not."}
    learning = service.write(scope, service.Words(**words), [review.id])
    found = [(one.text, one.why, one.where) for one in identifying.in_learning(scope, learning)]
    assert found == [
        ("Joe Barnes", "the name of a colleague", "why"),
        ("OAK WARD", "where it happened", "why"),
    ]


def test_it_does_not_leave_until_somebody_says_why_it_is_safe(scope, review_on):
    oak = tree(scope).by_key("oak").id
    words = service.Words(**{**vars(PLAIN), "what_we_found": "On 3 March a rail held."})
    learning = service.write(scope, words, [review_on(scope).id])
    with pytest.raises(sharing.Recognisable) as refused:
        sharing.share(scope, learning.id, [oak])
    assert "“3 March”" in refused.value.errors["checked"][0]
    assert learning.approved_at is None
    safe = sharing.Terms(checked="It is the day of a national alert.")
    assert sharing.share(scope, learning.id, [oak], safe) == 1
    assert learning.approved_at is not None

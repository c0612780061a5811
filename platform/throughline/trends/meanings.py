"""What the icons of a chart mean: a letter, a shape, a tone and words, never a colour alone.

Source: the variation and assurance icons of NHS England's Making Data Count, as NHSRplotthedots draws them.
Variation speaks of the last point only; assurance of the newest limits and the target.
"""

from dataclasses import dataclass
from typing import Literal

from throughline.trends.spc import (
    COMMON,
    CONCERN,
    IMPROVEMENT,
    NEUTRAL_HIGH,
    NEUTRAL_LOW,
    Assurance,
    Direction,
    Kind,
)

Shape = Literal["circle", "diamond", "square", "up", "down", "hexagon", "octagon", "ring"]
Tone = Literal["usual", "better", "concern", "other"]


@dataclass(frozen=True)
class Meaning:
    """One icon: the letter in it, its shape and tone, two or three words, and a sentence that explains."""

    letter: str
    shape: Shape
    tone: Tone
    title: str
    sentence: str


_USUAL = Meaning(
    "C", "circle", "usual", "No change beyond chance", "The latest figure is within the usual ups and downs."
)
_NEUTRAL = {
    NEUTRAL_HIGH: Meaning(
        "H", "up", "other", "Higher than before", "The latest figure is higher than chance would explain."
    ),
    NEUTRAL_LOW: Meaning(
        "L", "down", "other", "Lower than before", "The latest figure is lower than chance would explain."
    ),
}
_ASSURANCE: dict[Assurance, Meaning] = {
    "consistently_pass": Meaning(
        "P", "hexagon", "better", "Target met every time", "As things are, the target will always be met."
    ),
    "consistently_fail": Meaning(
        "F",
        "octagon",
        "concern",
        "Target out of reach",
        "As things are, the target will always be missed.",
    ),
    "inconsistent": Meaning(
        "?", "ring", "usual", "Target met now and then", "As things are, chance decides if the target is met."
    ),
}


def variation_meaning(variation: Kind, direction: Direction) -> Meaning:
    """Return what the kind of the last point means. The letter is H for high or L for low.

    Higher is the improvement when ``direction`` is ``increase`` and the concern when it is ``decrease``.
    """
    if variation == COMMON:
        return _USUAL
    if variation in _NEUTRAL:
        return _NEUTRAL[variation]
    high = (variation == IMPROVEMENT) == (direction == "increase")
    side = "higher" if high else "lower"
    if variation == CONCERN:
        sentence = f"The latest figure is {side} than chance would explain, away from what is wanted."
        return Meaning("H" if high else "L", "square", "concern", "Needs a look", sentence)
    sentence = f"The latest figure is {side} than chance would explain, as is wanted."
    return Meaning("H" if high else "L", "diamond", "better", "Improving", sentence)


def assurance_meaning(assurance: Assurance) -> Meaning:
    """Return what the limits say of the target: P (pass), F (fail) or ? (now one, now the other)."""
    return _ASSURANCE[assurance]

"""The icons of variation and assurance as SVG: a letter in a shape, with its words in the title."""

from throughline.trends.drawing import TONES, mark, svg, text
from throughline.trends.meanings import Meaning, assurance_meaning, variation_meaning
from throughline.trends.spc import Chart

_SIDE = 40.0
_RISE = {"up": 6.5, "down": 0.5}  # where the baseline of the letter is, below the middle; 5.5 for the others


def meanings_of(chart: Chart) -> list[Meaning]:
    """Return what the icons of a chart mean: of its last point, and of its target where there is one."""
    found = [variation_meaning(chart.variation, chart.direction)]
    return [*found, assurance_meaning(chart.assurance)] if chart.assurance else found


def draw_icon(meaning: Meaning, name: str) -> str:
    """Draw a meaning as one square ``<svg>`` element; ``name`` makes its ids unique on a page."""
    middle = _SIDE / 2
    letter = text(
        middle,
        middle + _RISE.get(meaning.shape, 5.5),
        meaning.letter,
        anchor="middle",
        size=14 if meaning.shape in ("up", "down", "ring") else 16,
        colour=TONES[meaning.tone][2],
        bold=True,
    )
    drawn = mark(meaning.shape, meaning.tone, middle, middle, 17.2)
    return svg(name, meaning.title, meaning.sentence, (_SIDE, _SIDE), [drawn, letter])

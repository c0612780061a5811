"""What the page draws: icons with a letter and a shape of their own, small lines, strengths and tints.

Nothing is told by colour alone: each icon has its letter and words beside it.
"""

from collections.abc import Sequence

Icon = dict[str, str]

_VARIATION: dict[str, Icon] = {
    "common_cause": {"letter": "C", "shape": "circle", "tone": "neutral", "words": "No change beyond chance"},
    "special_cause_neutral_high": {
        "letter": "H",
        "shape": "up",
        "tone": "other",
        "words": "Higher than before",
    },
    "special_cause_neutral_low": {
        "letter": "L",
        "shape": "down",
        "tone": "other",
        "words": "Lower than before",
    },
}
_ASSURANCE: dict[str, Icon] = {
    "consistently_pass": {
        "letter": "P",
        "shape": "hexagon",
        "tone": "better",
        "words": "Target met every time",
    },
    "consistently_fail": {"letter": "F", "shape": "octagon", "tone": "worse", "words": "Target out of reach"},
    "inconsistent": {"letter": "?", "shape": "ring", "tone": "neutral", "words": "Target met now and then"},
}
_STRENGTHS = {"Weaker": 1, "Intermediate": 2, "Stronger": 3}
_WIDE, _HIGH, _EDGE = 120, 24, 4
_TINTS = 4


def variation_icon(variation: str, direction: str) -> Icon:
    """Return the icon of a measure's last point. H and L say on which side of the limits it lies.

    Raises:
        KeyError: a variation that this version of the format does not know.
    """
    if variation in ("special_cause_improvement", "special_cause_concern"):
        better = variation == "special_cause_improvement"
        letter = "H" if better == (direction == "higher") else "L"
        shape, tone, words = (
            ("diamond", "better", "Improving") if better else ("square", "worse", "Needs a look")
        )
        return {"letter": letter, "shape": shape, "tone": tone, "words": words}
    return _VARIATION[variation]


def assurance_icon(assurance: str) -> Icon:
    """Return the icon of what the limits say of the target.

    Raises:
        KeyError: an assurance that this version of the format does not know.
    """
    return _ASSURANCE[assurance]


def sparkline(values: Sequence[float]) -> dict[str, str]:
    """Return a small line, from zero up: the places of its points and of its last one."""
    top = max([*values, 0.0]) or 1.0
    across = (_WIDE - 2 * _EDGE) / max(1, len(values) - 1)
    places = [
        (
            f"{_EDGE + across * index:.1f}",
            f"{_HIGH - _EDGE - (_HIGH - 2 * _EDGE) * max(0.0, value) / top:.1f}",
        )
        for index, value in enumerate(values)
    ]
    x, y = places[-1] if places else ("0", "0")
    return {"points": " ".join(f"{x},{y}" for x, y in places), "x": x, "y": y}


def strength(name: str) -> int:
    """Return how many of three bars a strength fills; none for a word this format does not know."""
    return _STRENGTHS.get(name, 0)


def tint(count: int, peak: int) -> int:
    """Return how dark a cell is, from 0 for none to 4 for the largest."""
    return 0 if count <= 0 else min(_TINTS, 1 + int(_TINTS * count / (peak + 1)))

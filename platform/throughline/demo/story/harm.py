"""How much harm ordinary incidents do: mostly none or low. Severe harm and death are told one by one."""

import random

from throughline.demo.story.telling import Sentence

_GRADES = ("none", "low", "moderate")
_USUAL = ((0.95, 0.045, 0.005), (0.82, 0.165, 0.015))
_PAPERWORK = ((0.995, 0.005, 0.0), (0.8, 0.19, 0.01))
_BY_CATEGORY = {  # shares of none, low, moderate: physical, then psychological
    "self_harm": ((0.33, 0.6, 0.07), (0.27, 0.67, 0.06)),
    "violence": ((0.7, 0.28, 0.02), (0.5, 0.46, 0.04)),
    "restrictive_practice": ((0.86, 0.135, 0.005), (0.4, 0.56, 0.04)),
    "absence": ((0.97, 0.03, 0.0), (0.74, 0.25, 0.01)),
    "medication": ((0.9, 0.09, 0.01), (0.95, 0.05, 0.0)),
    "fall": ((0.55, 0.405, 0.045), (0.77, 0.22, 0.01)),
    "physical_health": ((0.4, 0.49, 0.11), (0.82, 0.175, 0.005)),
    "safeguarding": ((0.82, 0.165, 0.015), (0.4, 0.53, 0.07)),
    "information": _PAPERWORK,
    "legal": _PAPERWORK,
    "access": _PAPERWORK,
    "other": _PAPERWORK,
    "sexual_safety": ((0.97, 0.03, 0.0), (0.34, 0.56, 0.1)),
}


def graded(category: str, sentence: Sentence, rng: random.Random) -> tuple[str, str]:
    """Return physical and psychological harm; the physical is one that the sentence can mean."""
    physical, psychological = _BY_CATEGORY.get(category, _USUAL)
    if not sentence.person:
        return "none", "none"
    allowed = [
        (grade, share)
        for grade, share in zip(_GRADES, physical, strict=True)
        if not sentence.harm or grade in sentence.harm
    ]
    weights = [share or 0.001 for _, share in allowed]
    return (
        rng.choices([grade for grade, _ in allowed], weights)[0],
        rng.choices(_GRADES, psychological)[0],
    )

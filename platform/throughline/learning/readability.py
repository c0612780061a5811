"""How easy a text is to read: advice for whoever writes it, never a block.

The reading age is the Flesch-Kincaid grade (Kincaid and others, 1975: 0.39 words a sentence + 11.8 syllables
a word - 15.59) plus five years. Syllables are counted by groups of vowels, which is near enough for advice.
"""

import re
from dataclasses import dataclass

AIM = 13
_ENOUGH_WORDS = 20


@dataclass(frozen=True)
class Readability:
    """The words of a text and its reading age in years; None when it is too short to tell."""

    words: int
    reading_age: float | None


def readability(text: str) -> Readability:
    """Return how easy a text is to read."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", text)))
    if len(words) < _ENOUGH_WORDS:
        return Readability(len(words), None)
    syllables = sum(_syllables(word) for word in words)
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return Readability(len(words), round(max(5.0, grade + 5), 1))


def _syllables(word: str) -> int:
    plain = word.lower().removesuffix("e")
    return max(1, len(re.findall(r"[aeiouy]+", plain)))

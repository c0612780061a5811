"""How easy a text is to read: advice for whoever writes it, never a block.

The reading age is the Flesch-Kincaid grade (Kincaid and others, 1975: 0.39 words a sentence + 11.8 syllables
a word - 15.59) plus five years. Syllables are counted by groups of vowels, which is near enough for advice.
"""

import re
from dataclasses import dataclass

AIM = 13
LONG = 300
_ENOUGH_WORDS = 20


@dataclass(frozen=True)
class Readability:
    """The words of a text and its reading age in years; None when it is too short to tell."""

    words: int
    reading_age: float | None

    @property
    def advice(self) -> tuple[str, ...]:
        """What would help more people to read it, in sentences; empty when it is good as it is."""
        found = []
        if self.reading_age is not None and self.reading_age > AIM:
            found.append("Shorter sentences and shorter words would help more people.")
        if self.words > LONG:
            found.append(f"A briefing of up to {LONG} words is more likely to be read on a shift.")
        return tuple(found)


def readability(text: str) -> Readability:
    """Return how easy a text is to read. A line ends a sentence, so that lists count as people read them."""
    words = re.findall(r"[^\W\d_](?:[^\W\d_]|['’-])*", text)
    sentences = sum(1 for part in re.split(r"[.!?]+(?:\s|$)|\n", text) if part.strip())
    if len(words) < _ENOUGH_WORDS:
        return Readability(len(words), None)
    syllables = sum(_syllables(word) for word in words)
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return Readability(len(words), round(max(5.0, grade + 5), 1))


def _syllables(word: str) -> int:
    plain = word.lower().removesuffix("e")
    return max(1, len(re.findall(r"[aeiouy]+", plain)))

"""Reading a sentence of a rule from the left, phrase by phrase, every mistake with its place."""

import re
from collections.abc import Iterable, Mapping

from throughline.rules.written.mistakes import did_you_mean


class Unclear(Exception):
    """Words that mean nothing here. ``at`` counts characters from 0."""

    def __init__(self, message: str, where: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = where


class Words:
    """A text read from the left, phrase by phrase, spaces and line ends alike."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = len(text) - len(text.lstrip())

    def skip(self, phrase: str) -> bool:
        """Go past a phrase if it stands here; say whether it did."""
        pattern = r"\s+".join(map(re.escape, phrase.split())) + r"(?=\s|$)"
        found = re.compile(pattern).match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        self._at += len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
        return True

    def need(self, phrase: str) -> None:
        """Go past a phrase, which must stand here."""
        if not self.skip(phrase):
            raise Unclear(f"“{phrase}” is expected here, not “{self._next()}”.", self._at)

    def one_of(self, options: Mapping[str, object], what: str) -> str:
        """Go past one of some phrases, the longest that fits, and return it."""
        for phrase in sorted(options, key=len, reverse=True):
            if self.skip(phrase):
                return phrase
        raise Unclear(f"This should say {what}.{did_you_mean(self._next(), options)}", self._at)

    def after(self, phrase: str, options: Iterable[str]) -> str | None:
        """Return the word after a phrase, one of some; None when the phrase is not here."""
        if not self.skip(phrase):
            return None
        word = self._next()
        if word not in options:
            raise Unclear(f"“{word}” is not known here.{did_you_mean(word, options)}", self._at)
        self.skip(word)
        return word

    def number(self) -> int:
        """Go past a whole number and return it."""
        word = self._next()
        if not (word.isascii() and word.isdigit() and len(word) < 5):  # noqa: PLR2004
            raise Unclear(f"A whole number of days is expected here, not “{word}”.", self._at)
        self.skip(word)
        return int(word)

    def rest(self) -> str:
        """Return everything that is left, which must be something."""
        found = self._text[self._at :].strip()
        if not found:
            raise Unclear("A condition is expected after “where”.", self._at)
        self._at = len(self._text)
        return found

    def end(self, hint: str = "") -> None:
        """See that nothing is left."""
        if self._at < len(self._text.rstrip()):
            raise Unclear(f"“{self._next()}” is not expected here.{hint}", self._at)

    def _next(self) -> str:
        rest = self._text[self._at :].split(maxsplit=1)
        return rest[0][:40] if rest else "the end"

"""Comparing words that people and systems spell differently, and showing them without harm."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

ECHO = 80
"""How many characters of a value are repeated in a message."""

_BETWEEN = re.compile(r"[\s\-–—_/\\.,:;]+")


def plain(text: str) -> str:
    """Return what two spellings of one name share.

    Case, accents written in one or two characters, spaces, hyphens, slashes, full stops and invisible
    characters do not matter, and ``&`` is ``and``: ``" Violence & Aggression"`` is ``violence and
    aggression``.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return _BETWEEN.sub(" ", text.replace("&", " and ").casefold()).strip()


def echo(text: str) -> str:
    """Return a value as a message may repeat it: one line, printable, at most 80 characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: ECHO + 1])
    shown = shown.strip()
    return shown if len(text) <= ECHO else shown[: ECHO - 1] + "…"


def listed(words: Iterable[str], most: int = 25) -> str:
    """Return words as a list for a sentence, cut after ``most``."""
    every = list(words)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean …?"`` when something known is close to a word, otherwise nothing."""
    by_plain = {plain(one): one for one in known}
    close = get_close_matches(plain(word[:ECHO]), by_plain, n=1, cutoff=0.75)
    return f" Did you mean “{by_plain[close[0]]}”?" if close else ""

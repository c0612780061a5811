"""Saying what a plugin returned or raised, when even its text is the plugin's code and may raise."""

import reprlib
import traceback

_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = 80


def shown(value: object) -> str:
    """Write a value in about 80 characters at most, whatever its own ``__repr__`` does."""
    return _REPR.repr(value)


def said(error: BaseException) -> str:
    """Write the type and text of an error on one line."""
    return traceback.format_exception_only(error)[-1].strip()


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows: a text would read otherwise than it is stored."""


def hidden_character(text: str) -> str:
    """Return the name (``U+0000``) of the first character that cannot stand in a text; empty when all can.

    Those are the control characters, but for a tab and the ends of lines, those that turn the direction of
    writing, and halves of characters.
    """
    for sign in text:
        number = ord(sign)
        control = number < 0x20 or 0x7F <= number < 0xA0  # noqa: PLR2004 - C0, DEL and C1
        if (control and sign not in "\t\n\r\x85") or sign in _TURNING or 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004
            return f"U+{number:04X}"
    return ""

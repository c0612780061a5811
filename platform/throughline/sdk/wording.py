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

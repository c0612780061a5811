"""Noticing an NHS number in words that should not hold one."""

import re

_TEN_DIGITS = re.compile(r"(?<![0-9])([0-9]{3})[ -]?([0-9]{3})[ -]?([0-9]{4})(?![0-9])")
_ELEVEN = 11


def is_nhs_number(digits: str) -> bool:
    """Say whether ten digits are an NHS number: Modulus 11 with weights 10 to 2, and not all noughts.

    Source: NHS Data Dictionary, NHS NUMBER.
    """
    if len(digits) != 10 or not digits.isdecimal() or not digits.strip("0"):  # noqa: PLR2004 - ten digits
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    return (_ELEVEN - total % _ELEVEN) % _ELEVEN == int(digits[9])


def holds_nhs_number(text: str) -> bool:
    """Say whether a valid NHS number stands anywhere in a text."""
    return any(is_nhs_number("".join(match.groups())) for match in _TEN_DIGITS.finditer(text))

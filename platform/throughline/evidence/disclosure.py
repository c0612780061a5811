"""Small numbers in a table that leaves the organisation: hidden, and so that nobody can work them out.

A count from 1 to 4 could point at a person. Hiding it alone is not enough where the total of its row is
shown: then another of the row is hidden with it. A nought is shown, because it is about nobody.
"""

from collections.abc import Mapping

FEWEST = 5
"""The smallest count above nought that is shown."""


def masked(total: int, parts: Mapping[str, int]) -> tuple[int | None, dict[str, int | None]]:
    """Return a row's total and its parts, None for what is hidden. The parts add up to the total."""
    small = {name for name, count in parts.items() if 0 < count < FEWEST}
    if 0 < total < FEWEST:
        return None, {name: None if count else 0 for name, count in parts.items()}
    hidden = set(small)
    rest = sorted((count, name) for name, count in parts.items() if count >= FEWEST)
    while _told(hidden, parts) and rest:
        hidden.add(rest.pop(0)[1])
    shown = None if _told(hidden, parts) else total
    return shown, {name: None if name in hidden else count for name, count in parts.items()}


def _told(hidden: set[str], parts: Mapping[str, int]) -> bool:
    """Say whether what is shown tells a hidden count: it stands alone, or each of them must be 1."""
    left = sum(parts[name] for name in hidden)
    return bool(hidden) and (len(hidden) == 1 or left == len(hidden))

"""Chance that falls the same way every time: each part of the story draws from a source of its own."""

import random


def source(seed: int, *part: str) -> random.Random:
    """Return the source of one part; drawing more in one part changes nothing in another."""
    return random.Random(":".join((str(seed), *part)))  # noqa: S311 - a story, not a secret

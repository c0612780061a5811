"""What names, words and numbers of a record may be, and the sentences that say so when they are not."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""Lower-case letters, digits and underscores, starting with a letter: half of a key, or a variable of a
condition."""

ADDRESS = re.compile(r"[^@\sA-Z]{1,64}@[^@\sA-Z]{1,180}")
"""An e-mail address as an account has it."""

SPELLING = "should be of lower-case letters, digits and underscores, and start with a letter"
CONDITION_LIMIT = 2000
LONGEST_CLOCK_HOURS, LONGEST_CLOCK_WORKING_DAYS = 8784, 366  # a year
LONGEST_WORDS = 120
LONGEST_QUOTE = 25  # words
LARGEST_BUDGET = 1000  # alarms of one rule on one day
LONGEST_TEXTS = {"title": 200, "why": 2000, "owner": 200}
MOST = {"let": 20, "then": 20, "tests": 200}
RESERVED = frozenset(
    [
        *(
            "as",
            "break",
            "const",
            "continue",
            "else",
            "false",
            "for",
            "function",
            "if",
            "import",
            "in",
            "let",
        ),
        *("loop", "namespace", "null", "package", "return", "true", "var", "void", "while"),
        *("incident", "person", "unit", "clock"),
    ]
)


def missing(record: object, *names: str) -> Iterator[str]:
    """Name the attributes that are empty."""
    for name in names:
        value = getattr(record, name)
        if not (value.strip() if isinstance(value, str) else value):
            yield f"{name} is empty"


def version_problems(version: int) -> Iterator[str]:
    """Say whether a version is one."""
    if version < 1:
        yield "version should be at least 1"


def variable_problems(what: str, name: str) -> Iterator[str]:
    """Say whether a name can be a variable of a condition."""
    if not NAME.fullmatch(name) or name in RESERVED:
        yield f"the {what} {SPELLING}, and may not be a reserved word"


def doubled(what: str, keys: Iterable[str]) -> Iterator[str]:
    """Name the keys that appear more than once."""
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"the {what} {key!r} appears {count} times"


def unknown(what: str, keys: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Name the keys that are none of those known."""
    known = tuple(known)
    for key in keys:
        if key not in known:
            yield f"there is no {what} {key!r}; there are {', '.join(known)}"

"""Where in a TOML file each key stands, so that a mistake can be named by its line.

The standard library's parser gives positions for syntax errors only. This walks a file that has already
parsed, line by line, following table headers; a key inside an inline table or array reports the line that
its value begins on, which is where a person would look.
"""

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def positions(text: str) -> dict[Path, int]:
    """Map every table and key path of a TOML text to its line, counted from 1."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:  # inside a multi-line string
            closing = "" if closing in line else closing
            continue
        header = _HEADER.match(line)
        if header:
            table = _parts(header[2])
            if header[1] == "[[":
                index = counts.get(table, -1) + 1
                counts[table] = index
                found.setdefault(table, number)
                table = (*table, index)
            found[table] = number
        elif key := _KEY.match(line):
            found[(*table, *_parts(key[1]))] = number
            closing = _opens_long_string(line[key.end() :])
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of its nearest ancestor that has one."""
    while path not in found and path:
        path = path[:-1]
    return found[path]


def _parts(dotted: str) -> Path:
    return tuple(next(filter(None, match), "") for match in _PART.findall(dotted))


def _opens_long_string(value: str) -> str:
    for quotes in ('"""', "'''"):
        if value.count(quotes) == 1:
            return quotes
    return ""

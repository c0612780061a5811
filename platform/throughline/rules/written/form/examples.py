"""What an example gives, as lines that can be typed: ``incident.category: fall``."""

import json
from collections.abc import Iterator, Mapping

from throughline.rules.written.form.conditions import is_number

Given = Mapping[str, object]


def lines_of(given: Given) -> str:
    """Return what an example gives, a fact on each line."""
    return "\n".join(f"{name}: {_typed(value)}" for name, value in given.items())


def given_of(lines: str) -> tuple[dict[str, object], list[str]]:
    """Return what lines give, and what is wrong with those that give nothing."""
    found: dict[str, object] = {}
    wrong = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not (name and colon):
            wrong.append(f"“{line[:60]}” should be such as incident.category: fall.")
        elif name in found:
            wrong.append(f"“{name[:60]}” is given twice.")
        else:
            found[name] = _meant(value)
    return found, wrong


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return json.dumps(list(value), ensure_ascii=False)
    text = str(value)
    plain = text and text == text.strip() and text.isprintable() and _meant(text) == text
    return text if plain else json.dumps(text)


def _meant(value: str) -> object:
    if value in ("true", "false"):
        return value == "true"
    if is_number(value):
        return int(value)
    if value.startswith("[") and value.endswith("]"):
        return _list(value)
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value


def _list(value: str) -> list[object]:
    try:
        return [one if isinstance(one, (bool, int)) else str(one) for one in json.loads(value)]
    except ValueError:
        return list(_words(value[1:-1]))


def _words(value: str) -> Iterator[object]:
    for word in value.split(","):
        if word.strip():
            yield word.strip()

"""Reading the values of a mapping, each checked where it stands, so that every mistake has its place."""

from collections.abc import Iterable
from datetime import date

import yaml

from throughline.rules.written.mistakes import Mistake, at, did_you_mean
from throughline.rules.written.nodes import inside, place_of

_BOOLS = {"true": True, "false": False, "yes": True, "no": False}
_KINDS = {yaml.ScalarNode: "a text", yaml.SequenceNode: "a list", yaml.MappingNode: "a set of keys"}


class Reader:
    """One mapping of a text. Collects mistakes; a value that is wrong reads as its default."""

    def __init__(
        self, text: str, node: yaml.Node, mistakes: list[Mistake], known: Iterable[str], what: str
    ) -> None:
        self.text, self.node, self.mistakes = text, node, mistakes
        self.values: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(
                node, f"{what} should be a set of keys, such as “key: value”, not {_KINDS[type(node)]}."
            )
            return
        options = list(known)
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name not in options:
                self.wrong(key, f"“{name}” is not a key of {what}.{did_you_mean(name, options)}")
            else:
                self.values[name] = value

    def wrong(self, node: yaml.Node, message: str, index: int | None = None) -> None:
        """Note a mistake where a value begins, or at a character of its own text."""
        message = message[:1].upper() + message[1:]
        if index is not None:
            self.mistakes.append(at(self.text, *inside(self.text, node, index), message))
        else:
            place = place_of(node)
            self.mistakes.append(at(self.text, place.line, place.column, message))

    def scalar(self, name: str, *, required: bool = False) -> yaml.ScalarNode | None:
        """Return a value that is a text, a number or a date as it is written."""
        node = self.values.get(name)
        if node is None:
            if required and isinstance(self.node, yaml.MappingNode):
                self.wrong(self.node, f"“{name}” is missing.")
            return None
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, f"“{name}” should be a text, not {_KINDS[type(node)]}.")
            return None
        if required and not node.value.strip():
            self.wrong(node, f"“{name}” is empty.")
            return None
        return node

    def text_of(self, name: str, default: str = "", *, required: bool = False) -> str:
        """Return a text, its ends trimmed."""
        node = self.scalar(name, required=required)
        return node.value.strip() if node is not None else default

    def choice(self, name: str, options: Iterable[str], default: str, *, required: bool = False) -> str:
        """Return one of some words."""
        node = self.scalar(name, required=required)
        known = list(options)
        if node is None:
            return default
        if node.value not in known:
            self.wrong(node, f"{name} “{node.value[:60]}” is not known.{did_you_mean(node.value, known)}")
            return default
        return str(node.value)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        node = self.scalar(name)
        if node is None:
            return default
        found = node.value if isinstance(node.value, str) else ""
        if not (found.isascii() and found.isdigit() and len(found) < 9 and least <= int(found) <= most):  # noqa: PLR2004
            self.wrong(node, f"“{name}” should be a whole number from {least} to {most}.")
            return default
        return int(found)

    def day(self, name: str) -> date | None:
        """Return a date."""
        node = self.scalar(name)
        if node is None or not node.value:
            return None
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            self.wrong(node, f"“{name}” should be a date such as 2027-03-31.")
            return None

    def truth(self, name: str) -> bool:
        """Return true or false."""
        node = self.scalar(name, required=True)
        if node is None:
            return False
        if node.value not in _BOOLS:
            self.wrong(node, f"“{name}” should be true or false.")
        return _BOOLS.get(node.value, False)

    def items(self, name: str, *, required: bool = False) -> list[yaml.Node]:
        """Return the items of a list."""
        node = self.values.get(name)
        if node is None or not isinstance(node, yaml.SequenceNode):
            if node is not None:
                self.wrong(node, f"“{name}” should be a list, not {_KINDS[type(node)]}.")
            elif required and isinstance(self.node, yaml.MappingNode):
                self.wrong(self.node, f"“{name}” is missing.")
            return []
        if required and not node.value:
            self.wrong(node, f"“{name}” is empty.")
        return list(node.value)

    def pairs(self, name: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        """Return the keys and values of a mapping inside this one."""
        node = self.values.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"“{name}” should be a set of keys, not {_KINDS[type(node)]}.")
            return []
        return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]

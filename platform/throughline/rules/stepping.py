"""The parts of a condition, one by one: what each read, and what each said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.rules.explanation import Joined, Part
from throughline.rules.facts import FactValue
from throughline.rules.invalid import Unanswerable


@dataclass(frozen=True)
class Step:
    """One part of a condition: its text, how deep it lies, whether it holds, and the facts it read.

    ``holds`` is None where the part has no answer; ``joined`` is "all of", "any of", "not" or empty for a
    part that stands alone.
    """

    text: str
    depth: int
    holds: bool | None
    joined: str = ""
    read: tuple[tuple[str, FactValue], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the step as a firing stores it."""
        return {
            "text": self.text,
            "depth": self.depth,
            "holds": self.holds,
            "joined": self.joined,
            "read": dict(self.read),
        }


def of_parts(
    part: Joined | Part, values: Mapping[str, FactValue], activation: object, depth: int
) -> Iterator[Step]:
    """Yield the parts of a condition in the order of its text, each with its own answer and what it read."""
    if isinstance(part, Part):
        read = tuple((name, values[name]) for name in part.condition.reads)
        yield Step(part.condition.source, depth, _answer(part, activation), "", read)
        return
    word = "not" if part.negated else "all of" if part.every else "any of"
    inner = [tuple(of_parts(one, values, activation, depth + 1)) for one in part.parts]
    yield Step("", depth, _joined(part, [steps[0].holds for steps in inner]), word)
    for steps in inner:
        yield from steps


def _answer(part: Part, activation: object) -> bool | None:
    try:
        return part.condition.holds(activation)
    except Unanswerable:
        return None


def _joined(part: Joined, inner: Sequence[bool | None]) -> bool | None:
    """Return what parts say together; as in CEL, an answer that decides stands beside one that is missing."""
    decides = not part.every
    if decides in inner:
        found: bool | None = decides
    else:
        found = None if None in inner else not decides
    return found if found is None or not part.negated else not found

"""Follow-up questions on an incident, shown for the categories they concern."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from throughline.sdk.facts import FactKind


class FieldKind(StrEnum):
    """How a question is asked, and so what its answer is."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE_TIME = "date_time"

    @property
    def fact(self) -> FactKind:
        """The kind of variable an answer becomes in a rule; a date and time is its ISO 8601 text."""
        return _FACTS.get(self, FactKind.STRING)


_FACTS: Mapping[FieldKind, FactKind] = {
    FieldKind.NUMBER: FactKind.INT,
    FieldKind.YES_NO: FactKind.BOOL,
    FieldKind.CHOICES: FactKind.STRING_LIST,
}


@dataclass(frozen=True)
class Choice:
    """One answer to choose: ``key`` is stored, ``label`` is read."""

    key: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question. A number is a whole number, in the unit its label names."""

    key: str
    label: str
    kind: FieldKind
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class FieldSet:
    """Questions asked together for the categories in ``applies_to``.

    The answers are stored with the incident under ``key``, by field key. In a rule's condition each is the
    variable ``<name of the set>.<field key>``, where the name is the second half of the set's key.
    """

    key: str
    title: str
    applies_to: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """The set's own name: what follows the dot of its key, and the first half of its variables."""
        return self.key.partition(".")[2]

    def facts(self) -> Mapping[str, FactKind]:
        """Name the variables this set gives to a rule, with the kind of each."""
        return {f"{self.name}.{field.key}": field.kind.fact for field in self.fields}

"""The form of a rule as it is sent: its fields by name, and rows that are added and taken away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from throughline.rules.written.form import Condition, Counted, Example, Form, Outcome, Step
from throughline.rules.written.form.shape import AUTHORITY, MOST_ROWS, OUTCOMES

Fields = MultiDict[str, str]
Row = TypeVar("Row", Condition, Counted, Outcome, Example)

LONGEST_CHAIN = 4
_TEXTS = ("version", "title", "why", "owner", "status", "budget", *AUTHORITY)


def form_of(fields: Fields) -> Form:
    """Return what was typed, whether or not it makes sense."""
    texts: dict[str, Any] = {name: _one(fields, name) for name in _TEXTS}
    texts["key"] = _one(fields, "rule_key")
    return Form(
        **texts,
        provider_kinds=tuple(_several(fields, "provider_kinds")),
        on=tuple(_several(fields, "on")),
        counts=_rows(fields, "count", _count),
        conditions=_rows(fields, "condition", _condition),
        outcomes=_rows(fields, "outcome", _outcome),
        examples=_rows(fields, "example", _example),
    )


def changed(form: Form, act: str, kind: str) -> Form:
    """Return the form with a row more or less, as a button asks; as it was where the act means nothing."""
    verb, _, rest = act.partition("-")
    what, _, place = rest.partition("-")
    if what not in _NEW or (verb == "add" and what == "outcome" and kind not in OUTCOMES):
        return form
    name = f"{what}s"
    rows: tuple[object, ...] = getattr(form, name)
    if verb == "add" and len(rows) < MOST_ROWS:
        rows = (*rows, Outcome(kind) if what == "outcome" else _NEW[what]())
    elif verb == "remove" and place.isascii() and place.isdigit() and len(place) < 3:  # noqa: PLR2004
        rows = (*rows[: int(place)], *rows[int(place) + 1 :])
    changes: dict[str, Any] = {name: rows}
    return replace(form, **changes)


_NEW: dict[str, Callable[[], object]] = {
    "count": Counted, "condition": Condition, "outcome": lambda: Outcome(""), "example": Example,
}  # fmt: skip


def _rows(fields: Fields, name: str, make: Callable[[Fields, str], Row]) -> tuple[Row, ...]:
    """Return the rows of a kind: each has a hidden field of its own name and number."""
    there = (f"{name}-{number}" for number in range(MOST_ROWS))
    return tuple(make(fields, field) for field in there if field in fields)


def _count(fields: Fields, at: str) -> Counted:
    name, what, category, harm, days, where = (
        _one(fields, f"{at}-{one}") for one in ("name", "what", "category", "harm", "days", "where")
    )
    return Counted(name, what, category, harm, tuple(_several(fields, f"{at}-same")), days, where)


def _condition(fields: Fields, at: str) -> Condition:
    value = ", ".join(filter(None, _several(fields, f"{at}-value")))
    return Condition(_one(fields, f"{at}-fact"), _one(fields, f"{at}-how") or "is", value)


def _outcome(fields: Fields, at: str) -> Outcome:
    kind = _one(fields, at)
    keys: Sequence[str] = [key for key in OUTCOMES.get(kind, ()) if key != "chain"]
    values = tuple((key, value) for key in keys if (value := _one(fields, f"{at}-{key}")))
    steps = (
        Step(*(_one(fields, f"{at}-chain-{place}-{key}") for key in ("to", "after")))
        for place in range(LONGEST_CHAIN)
    )
    return Outcome(kind, values, tuple(step for step in steps if step != Step()))


def _example(fields: Fields, at: str) -> Example:
    return Example(_one(fields, f"{at}-given", lines=True), _one(fields, f"{at}-fires"))


def _one(fields: Fields, name: str, *, lines: bool = False) -> str:
    value = fields.get(name, "").replace("\x00", "")
    return "\n".join(value.split("\r\n")).strip() if lines else " ".join(value.split())


def _several(fields: Fields, name: str) -> list[str]:
    return [" ".join(value.replace("\x00", "").split()) for value in fields.getlist(name)[:MOST_ROWS]]

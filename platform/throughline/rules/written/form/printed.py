"""The form as text, and what is wrong with it, named by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from throughline.rules.facts import FactSchema
from throughline.rules.written.effects import EVERY_UNIT
from throughline.rules.written.form.conditions import YES, cel, is_number, listed
from throughline.rules.written.form.examples import given_of
from throughline.rules.written.form.problems import unwritable
from throughline.rules.written.form.shape import AUTHORITY, Counted, Form, Outcome
from throughline.rules.written.nodes import inside, place_of, tree
from throughline.rules.written.printing import yaml_text
from throughline.rules.written.reading import Written, read_rules
from throughline.sdk import FactKind

Path = tuple[str | int, ...]
_JOINED = " && "


@dataclass(frozen=True)
class Printed:
    """A form as text, what the text says, and what is wrong by the names of the fields.

    ``text`` is empty where something typed cannot be written as text at all; ``errors`` says what.
    """

    text: str
    written: Written
    errors: Mapping[str, list[str]]


def printed(form: Form, schema: FactSchema) -> Printed:
    """Write a form as text and read the text back: every mistake is beside the field it comes from."""
    kinds = kinds_of(form, schema)
    errors: dict[str, list[str]] = {}
    for field, message in unwritable(form, kinds):
        errors.setdefault(field, []).append(message)
    if errors:
        return Printed("", Written(), errors)
    text = yaml_text(_data(form, kinds))
    written = read_rules(text, schema)
    fields = _places(form, text, kinds)
    for mistake in written.mistakes:
        place = (mistake.line, mistake.column)
        field = next((name for at, name in reversed(fields) if at <= place), "title")
        errors.setdefault(field, []).append(mistake.message)
    return Printed(text, written, errors)


def kinds_of(form: Form, schema: FactSchema) -> dict[str, FactKind]:
    """Return the kind of each fact that a condition of the form may read, its look-backs among them."""
    kinds = {name: fact.kind for name, fact in schema.facts.items()}
    return kinds | {one.name: FactKind.INT for one in form.counts if one.name}


def _data(form: Form, kinds: Mapping[str, FactKind]) -> dict[str, Any]:
    """Return the keys of the text in the order people read them, without what may be left out."""
    number: Any = int(form.version) if is_number(form.version) else form.version
    authority = {name: getattr(form, name) for name in AUTHORITY if getattr(form, name)}
    if form.provider_kinds:
        authority["provider_kinds"] = list(form.provider_kinds)
    data: dict[str, Any] = {
        "key": form.key,
        **({"version": number} if form.version else {}),
        "title": form.title,
        "why": form.why,
        **{name: getattr(form, name) for name in ("owner", "status", "budget") if getattr(form, name)},
        "authority": {**{"statement": form.statement, "reference": form.reference}, **authority},
        "on": list(form.on),
    }
    if form.counts:
        data["let"] = {one.name: sentence(one) for one in form.counts}
    data["when"] = _JOINED.join(cel(row, kinds) for row in form.conditions)
    data["then"] = [_effect(outcome) for outcome in form.outcomes]
    if form.examples:
        data["tests"] = [
            {"given": given_of(one.given)[0], "fires": one.fires == YES} for one in form.examples
        ]
    return data


def sentence(count: Counted) -> str:
    """Return a look-back as the sentence that stands under ``let``."""
    parts = [count.what]
    if count.category:
        parts.append(f"of category {count.category}")
    if count.harm:
        parts.append(f"with at least {count.harm} harm")
    parts.append("with the same " + " and the same ".join(count.same))
    parts.append(f"within {int(count.days)} {'day' if int(count.days) == 1 else 'days'}")
    if count.where:
        parts.append(f"where {count.where}")
    return " ".join(parts)


def _effect(outcome: Outcome) -> dict[str, Any]:
    values: dict[str, Any] = {key: value for key, value in outcome.values if value}
    if outcome.kind == "require_share" and values.setdefault("with", EVERY_UNIT) != EVERY_UNIT:
        values["with"] = listed(values["with"])
    if outcome.chain:
        values["chain"] = [{"to": step.to, "after": step.after} for step in outcome.chain]
    return {outcome.kind: values}


def _places(form: Form, text: str, kinds: Mapping[str, FactKind]) -> list[tuple[tuple[int, int], str]]:
    """Return where the value of each field begins in the text, in order; the text itself belongs to none."""
    found = [((1, 1), "")]
    for path, node in _nodes(tree(text)):
        field = _field(path, [one.name for one in form.counts])
        if path == ("when",):
            found += _conditions(form, text, node, kinds)
        elif field:
            place = place_of(node)
            found.append(((place.line, place.column), field))
    return sorted(found, key=lambda one: one[0])


def _conditions(
    form: Form, text: str, node: yaml.Node, kinds: Mapping[str, FactKind]
) -> Iterator[tuple[tuple[int, int], str]]:
    at = 0
    for number, row in enumerate(form.conditions):
        yield inside(text, node, at), f"condition-{number}-value"
        at += len(cel(row, kinds)) + len(_JOINED)


def _nodes(node: yaml.Node | None, path: Path = ()) -> Iterator[tuple[Path, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), value
            yield from _nodes(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*path, number), item
            yield from _nodes(item, (*path, number))


def _field(path: Path, counts: Sequence[str]) -> str:
    """Return the field that shows what stands at a path of the text; empty for the text as a whole."""
    first, rest = str(path[0]), path[1:]
    if not rest:
        return _HOLDERS.get(first, first)
    if first == "let":
        return f"count-{counts.index(str(rest[0]))}-where"
    if first == "then":
        return _outcome_field(rest)
    if first == "tests":
        return f"example-{rest[0]}-{'fires' if rest[1:] == ('fires',) else 'given'}"
    return str(rest[0]) if first == "authority" else first


_HOLDERS = {"let": "", "tests": "", "authority": "", "then": "add-outcome", "key": "rule_key"}


def _outcome_field(path: Path) -> str:
    number, *rest = path
    if len(rest) > 3:  # noqa: PLR2004 - the effect, "chain", the step, and its key
        return f"outcome-{number}-chain-{rest[2]}-{rest[3]}"
    key = rest[1] if len(rest) > 1 else "chain"
    return f"outcome-{number}-{key if key != 'chain' else 'to'}"

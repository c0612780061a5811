"""The rules of packs in their files: what each says, what is wrong, what differs from what was applied."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from throughline.catalogue import catalogue_for
from throughline.rules.facts import FactSchema, schema_of
from throughline.rules.written.mistakes import Mistake, did_you_mean
from throughline.rules.written.printing import rule_data, rule_text
from throughline.rules.written.reading import MOST_RULES, Written, read_rules
from throughline.sdk import RequireShare, Rule
from throughline.tenancy.check import RULES_FOLDER, PackFile
from throughline.tenancy.pack import UNIT_KINDS


@dataclass(frozen=True)
class RuleFile:
    """One file of rules of a tenant's pack, read. ``name`` is ``<slug>/rules/<file>``."""

    slug: str
    name: str
    written: Written


@dataclass(frozen=True)
class Field:
    """One key of a rule that differs (``when``, ``authority.quote``, ``let.recent``), as it is written."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """One rule that is ``added``, ``removed`` or ``changed``, with its lines ("+ …", "- …", "  …").

    ``fields`` are those of a changed rule that differ. ``same_version`` is the version of a live rule that
    would come to mean something else without a number of its own: firings are kept by version, so it may not.
    """

    rule_key: str
    kind: str
    lines: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    same_version: int = 0


def read_files(pack: PackFile) -> list[RuleFile]:
    """Read each file of a pack's rules, against the facts of the plugins it enables.

    A key that two files use is a mistake of the second.
    """
    facts = facts_of_pack(pack.raw)
    seen: dict[str, str] = {}
    found = []
    for name, text in sorted(pack.raw.get("rules", {}).items()):
        written = read_rules(text, facts)
        if len(seen) + len(written.rules) > MOST_RULES:
            message = f"With this file the pack has more than {MOST_RULES} rules."
            written = Written((), (*written.mistakes, Mistake(1, 1, message)))
        twice = [one for one in written.rules if one.rule.key in seen]
        more = tuple(
            Mistake(
                one.line,
                1,
                f"The key “{one.rule.key}” is used in {seen[one.rule.key]} too.",
                "",
                one.rule.key,
            )
            for one in twice
        )
        more += _of_no_unit(written, pack.raw)
        seen |= {one.rule.key: name for one in written.rules if one not in twice}
        rules = tuple(one for one in written.rules if one not in twice)
        found.append(
            RuleFile(pack.slug, f"{pack.slug}/{RULES_FOLDER}/{name}", Written(rules, written.mistakes + more))
        )
    return found


def _of_no_unit(written: Written, raw: Mapping[str, Any]) -> tuple[Mistake, ...]:
    """Name the types of service that a rule asks to share with and that no unit of the pack has."""
    units = raw.get("units", {})
    values = units.values() if isinstance(units, Mapping) else ()
    known = sorted({str(unit.get("service_type", "")) for unit in values if isinstance(unit, Mapping)} - {""})
    return tuple(
        Mistake(
            one.line, 1, f"No unit is of the type “{found}”.{did_you_mean(found, known)}", "", one.rule.key
        )
        for one in written.rules
        for effect in one.rule.then
        if isinstance(effect, RequireShare)
        for found in effect.audience
        if found not in known
    )


def facts_of_pack(raw: Mapping[str, object]) -> FactSchema:
    """Return the facts that rules of a pack may read; the unit can only be one of the pack's."""
    plugins = raw.get("plugins", {})
    catalogue = catalogue_for(frozenset(plugins if isinstance(plugins, Mapping) else ()))
    found = schema_of(catalogue.field_sets.values(), catalogue.duties.values())
    units = raw.get("units", {})
    names = {key: key for key in units} if isinstance(units, Mapping) else {}
    known = {"incident.unit": names, "incident.unit_kind": {kind: kind for kind in UNIT_KINDS}}
    closed = {
        name: replace(found.facts[name], choices=words, closed=True) for name, words in known.items() if words
    }
    return replace(found, facts={**found.facts, **closed})


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[Difference]:
    """Return what differs between the rules of two states of a pack, by key."""
    old, new = _by_key(before), _by_key(after)
    return [
        _difference(key, old.get(key), new.get(key))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _difference(key: str, was: Rule | None, now: Rule | None) -> Difference:
    kind = "changed" if was and now else "added" if now else "removed"
    old, new = (rule_text(rule).splitlines() if rule else [] for rule in (was, now))
    lines = tuple(line for line in difflib.ndiff(old, new) if line[0] != "?")
    if was is None or now is None:
        return Difference(key, kind, lines)
    flat = [_flat(rule_data(rule)) for rule in (was, now)]
    names = [name for name in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(name) != flat[1].get(name)]
    fields = tuple(Field(name, flat[0].get(name, ""), flat[1].get(name, "")) for name in names)
    kept = was.version if _means_otherwise(was, now) and now.version <= was.version else 0
    return Difference(key, kind, lines, fields, kept)


def _means_otherwise(was: Rule, now: Rule) -> bool:
    live = was.status == now.status == "live"
    return live and (set(was.on), was.let, was.when, was.then) != (set(now.on), now.let, now.when, now.then)


def _flat(data: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": _shown(held) for inner, held in value.items()}
        else:
            found[name] = _shown(value)
    return found


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _by_key(raw: Mapping[str, object]) -> dict[str, Rule]:
    texts = raw.get("rules", {})
    facts = facts_of_pack(raw)
    written = [read_rules(text, facts) for text in (texts if isinstance(texts, Mapping) else {}).values()]
    return {one.rule.key: one.rule for found in written for one in found.rules}

"""The rules of packs in their files: what each says, what is wrong, what differs from what was applied."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from throughline.catalogue import catalogue_for
from throughline.rules.facts import FactSchema, schema_of
from throughline.rules.written.mistakes import Mistake
from throughline.rules.written.printing import rule_text
from throughline.rules.written.reading import Written, read_rules
from throughline.tenancy.check import RULES_FOLDER, PackFile


@dataclass(frozen=True)
class RuleFile:
    """One file of rules of a tenant's pack, read. ``name`` is ``<slug>/rules/<file>``."""

    slug: str
    name: str
    written: Written


@dataclass(frozen=True)
class Difference:
    """One rule that is ``added``, ``removed`` or ``changed``, with its lines ("+ …", "- …", "  …")."""

    rule_key: str
    kind: str
    lines: tuple[str, ...]


def read_files(pack: PackFile) -> list[RuleFile]:
    """Read each file of a pack's rules, against the facts of the plugins it enables.

    A key that two files use is a mistake of the second.
    """
    facts = facts_of_pack(pack.raw)
    seen: dict[str, str] = {}
    found = []
    for name, text in sorted(pack.raw.get("rules", {}).items()):
        written = read_rules(text, facts)
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
        seen |= {one.rule.key: name for one in written.rules if one not in twice}
        rules = tuple(one for one in written.rules if one not in twice)
        found.append(
            RuleFile(pack.slug, f"{pack.slug}/{RULES_FOLDER}/{name}", Written(rules, written.mistakes + more))
        )
    return found


def facts_of_pack(raw: Mapping[str, object]) -> FactSchema:
    """Return the facts that rules of a pack may read."""
    plugins = raw.get("plugins", {})
    catalogue = catalogue_for(frozenset(plugins if isinstance(plugins, Mapping) else ()))
    return schema_of(catalogue.field_sets.values())


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[Difference]:
    """Return what differs between the rules of two states of a pack, by key."""
    old, new = _by_key(before), _by_key(after)
    found = []
    for key in sorted({*old, *new}):
        was, now = old.get(key, ""), new.get(key, "")
        if was != now:
            kind = "changed" if was and now else "added" if now else "removed"
            lines = [line for line in difflib.ndiff(was.splitlines(), now.splitlines()) if line[0] != "?"]
            found.append(Difference(key, kind, tuple(lines)))
    return found


def _by_key(raw: Mapping[str, object]) -> dict[str, str]:
    texts = raw.get("rules", {})
    facts = facts_of_pack(raw)
    written = [read_rules(text, facts) for text in (texts if isinstance(texts, Mapping) else {}).values()]
    return {one.rule.key: rule_text(one.rule) for found in written for one in found.rules}

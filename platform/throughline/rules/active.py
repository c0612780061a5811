"""The rules of one tenant as they stand: of its plugins, of its pack, and those its people wrote on pages.

Compiled once for each state of a tenant's rules and kept by the process; a tenant that has none of its own
shares what is compiled for its plugins. The state is part of the tenant's context, so that a report asks the
database for nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from throughline.catalogue import Catalogue, catalogue_for
from throughline.rules.engine import RuleProblem, RuleSet, compile_rules
from throughline.rules.facts import FactSchema, schema_of
from throughline.rules.looking import rule_set
from throughline.rules.workbench.models import RulePutAside, RuleVersion
from throughline.rules.written import WrittenRule, read_rules
from throughline.sdk import Authority, Rule
from throughline.tenancy.scope import Scope, TenantContext


@dataclass(frozen=True)
class Active:
    """What speaks and what runs in shadow.

    ``brought`` are the rules of plugins and pack by key, in every status, those put aside among them.
    """

    live: RuleSet
    shadow: RuleSet
    brought: Mapping[str, Rule]
    problems: tuple[RuleProblem, ...]


_known: dict[UUID, tuple[str, int, Active]] = {}
_being_made: defaultdict[UUID, Lock] = defaultdict(Lock)


def active(scope: Scope) -> Active:
    """Return the tenant's rules as they stand."""
    tenant = scope.tenant
    if not tenant.pack.rules and not tenant.rules_edition:
        return _of_plugins(frozenset(tenant.pack.plugins))
    found = _known_of(tenant)
    if found is None:
        with _being_made[tenant.id]:  # of several that ask, one compiles and the others wait for it
            found = _known_of(tenant)
            if found is None:
                found = _put_together(scope)
                _known[tenant.id] = (tenant.pack_digest, tenant.rules_edition, found)
    return found


def _known_of(tenant: TenantContext) -> Active | None:
    digest, edition, found = _known.get(tenant.id, ("", -1, None))
    return found if (digest, edition) == (tenant.pack_digest, tenant.rules_edition) else None


def authorities(scope: Scope) -> Mapping[str, Authority]:
    """Return on whose authority each rule that speaks does so, by its key."""
    return {found.rule.key: found.rule.authority for found in active(scope).live.rules}


def schema(catalogue: Catalogue) -> FactSchema:
    """Return the facts that a tenant's rules may read."""
    return schema_of(catalogue.field_sets.values(), catalogue.duties.values())


@lru_cache(maxsize=256)
def _of_plugins(plugins: frozenset[str]) -> Active:
    catalogue = catalogue_for(plugins)
    live = rule_set(catalogue)
    return Active(live, compile_rules((), live.schema), MappingProxyType(catalogue.rules), live.problems)


def _put_together(scope: Scope) -> Active:
    facts = replace(schema(scope.catalogue), whose=str(scope.tenant.id))
    of_pack, problems = _of_pack(scope.tenant.pack.rules, facts)
    pack_shadow = {one.rule.key: one.rule for one in of_pack if one.rule.status == "shadow"}
    brought = {**scope.catalogue.rules, **{one.rule.key: one.rule for one in of_pack}}
    aside = set(scope.session.scalars(select(RulePutAside.rule_key)))
    own = _own(scope, facts)
    live = [rule for key, rule in brought.items() if rule.status == "live" and key not in aside]
    compiled = compile_rules([*live, *own["live"]], facts)
    shadows = [replace(rule, status="live") for rule in (*pack_shadow.values(), *own["shadow"])]
    return Active(
        compiled, compile_rules(shadows, facts), MappingProxyType(brought), (*problems, *compiled.problems)
    )


def _of_pack(texts: Mapping[str, str], facts: FactSchema) -> tuple[list[WrittenRule], list[RuleProblem]]:
    """Return the rules of a pack that can be used; a mistake in one leaves the others in use."""
    found: dict[str, WrittenRule] = {}
    problems = []
    for name, text in sorted(texts.items()):
        written = read_rules(text, facts)
        problems += [
            RuleProblem(one.rule or name, f"{name}, line {one.line}: {one.message}", one.line)
            for one in written.mistakes
        ]
        for one in written.rules:
            if one.rule.key in found:
                problems.append(
                    RuleProblem(one.rule.key, f"{name}: the key {one.rule.key} is used in two files.")
                )
            else:
                found[one.rule.key] = one
    return list(found.values()), problems


def _own(scope: Scope, facts: FactSchema) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {"live": [], "shadow": []}
    for version in scope.session.scalars(select(RuleVersion).where(RuleVersion.status.in_(found))):
        found[version.status] += _numbered(read_rules(version.text, facts).rules, version.number or 1)
    return found


def _numbered(written: Iterable[WrittenRule], number: int) -> list[Rule]:
    return [replace(one.rule, version=number, status="live") for one in written]

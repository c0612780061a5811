"""Make the database agree with the packs: plan what differs, then apply it, twice changing nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from throughline.kernel.actor import Actor
from throughline.kernel.database import uuid7
from throughline.tenancy.check import PackFile, PackFolder
from throughline.tenancy.events import PackApplied
from throughline.tenancy.models import Agreement, Commissioner, Tenant, Unit
from throughline.tenancy.scope import PlatformScope, Scope, Scopes, tenant_context

_UNIT_FIELDS = (
    *("name", "kind", "service_type", "parent_id", "beds", "funding", "provider_kind"),
    *("aliases", "traits", "position", "closed_on"),
)
_AGREEMENT_FIELDS = (
    "purpose",
    "lawful_basis",
    "formats",
    "unit_keys",
    "valid_from",
    "valid_to",
    "revoked_at",
)


@dataclass(frozen=True)
class Change:
    """One difference between the files and the database, as a person would say it."""

    tenant: str
    sentence: str


class _Undo(Exception):
    """Ends a dry run: everything it wrote is rolled back."""


class _Overtaken(Exception):
    """Ends an apply whose differences are out of date: it begins again."""


def plan(scopes: Scopes, folder: PackFolder, actor: Actor) -> list[Change]:
    """Say what ``apply`` would change, by doing it and rolling back."""
    return _carry_out(scopes, folder, actor, dry_run=True)


def apply(scopes: Scopes, folder: PackFolder, actor: Actor) -> list[Change]:
    """Make the database agree with the packs and say what changed. One transaction for each tenant."""
    return _carry_out(scopes, folder, actor, dry_run=False)


def _carry_out(scopes: Scopes, folder: PackFolder, actor: Actor, *, dry_run: bool) -> list[Change]:
    changes: list[Change] = []
    try:
        with scopes.platform_scope(actor, "command") as scope:
            changes += _apply_commissioners(scope, folder.commissioners)
            if dry_run:
                raise _Undo
    except _Undo:
        pass
    for pack in folder.packs:
        changes += _apply_pack(scopes, pack, folder.commissioners, actor, dry_run=dry_run)
    return changes


def _apply_commissioners(scope: PlatformScope, wanted: Mapping[str, Mapping[str, str]]) -> list[Change]:
    rows = {row.slug: row for row in scope.session.scalars(select(Commissioner))}
    changes = []
    for slug, table in wanted.items():
        row = rows.get(slug)
        if row is None:
            scope.session.add(Commissioner(slug=slug, created_at=scope.now(), **table))
            changes.append(Change("", f"add commissioner {slug}"))
            continue
        for field, value in table.items():
            if getattr(row, field) != value:
                setattr(row, field, value)
                changes.append(Change("", f"commissioner {slug}: {field} becomes {value!r}"))
    return changes


def _apply_pack(
    scopes: Scopes,
    pack: PackFile,
    commissioners: Mapping[str, Mapping[str, str]],
    actor: Actor,
    *,
    dry_run: bool,
) -> list[Change]:
    digest = hashlib.sha256(json.dumps(pack.raw, sort_keys=True).encode()).hexdigest()
    with scopes.platform_scope(actor, "command") as platform:
        row = platform.session.scalar(select(Tenant).where(Tenant.slug == pack.slug))
        now = platform.now()
    fresh = row is None
    tenant = row or Tenant(
        id=uuid7(), slug=pack.slug, name=pack.raw["name"], pack={}, pack_digest="", created_at=now
    )
    before, seen = dict(tenant.pack), tenant.pack_digest
    changed = seen != digest
    changes = [Change(pack.slug, "add tenant")] if fresh else []
    if changed and not fresh:
        changes.append(Change(pack.slug, f"settings: {_differing(before, pack.raw)}"))
    tenant.name, tenant.pack, tenant.pack_digest = pack.raw["name"], dict(pack.raw), digest
    try:
        with scopes.tenant(tenant_context(tenant), actor, "command") as scope:
            _write_tenant(scope, tenant, seen)
            if changed:
                scope.emit(
                    PackApplied("tenant", tenant.id, "tenant.configured", before or None, dict(pack.raw))
                )
            _apply_commissioners(scope, commissioners)  # a dry run has rolled them back
            known = {found.slug: found.id for found in scope.session.scalars(select(Commissioner))}
            changes += _apply_units(scope, pack.raw["units"], pack.raw.get("provider_kind", ""))
            changes += _apply_agreements(scope, pack.raw.get("agreements", {}), known)
            if dry_run:
                raise _Undo
    except _Undo:
        pass
    except _Overtaken:
        return _apply_pack(scopes, pack, commissioners, actor, dry_run=dry_run)
    return changes


def _write_tenant(scope: Scope, tenant: Tenant, seen: str) -> None:
    """Write the tenant's own row, one apply at a time; the pack it replaces is the one that was compared.

    Raises:
        _Overtaken: somebody else applied another pack since.
    """
    session = scope.session
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"pack of {tenant.slug}", 0))))
    stored = session.scalar(select(Tenant).where(Tenant.slug == tenant.slug).with_for_update())
    if (stored.pack_digest if stored else "") != seen:
        raise _Overtaken
    if stored is None:
        session.add(tenant)
    else:
        stored.name, stored.pack, stored.pack_digest = tenant.name, tenant.pack, tenant.pack_digest
    session.flush()


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return ", ".join(keys) or "unchanged"


def _apply_units(scope: Scope, wanted: Mapping[str, Mapping[str, Any]], provider_kind: str) -> list[Change]:
    rows = {unit.key: unit for unit in scope.session.scalars(select(Unit))}
    changes: list[Change] = []
    for key in wanted:
        if key not in rows:
            rows[key] = Unit(id=uuid7(), tenant_id=scope.tenant.id, key=key, aliases=[], traits=[])
    positions = {key: index for index, key in enumerate(wanted)}
    for key in sorted(wanted, key=lambda key: _depth(key, wanted)):
        fields = _unit_fields(wanted[key], positions[key], rows)
        fields["funding"] = _inherited(key, "funding", wanted)
        fields["provider_kind"] = _inherited(key, "provider_kind", wanted) or provider_kind
        changes += _write(scope, rows[key], f"unit {key}", fields, _UNIT_FIELDS)
    for key, unit in rows.items():
        if key not in wanted and unit.closed_on is None:
            changes += _write(scope, unit, f"unit {key}", {"closed_on": scope.today()}, ("closed_on",))
    return changes


def _depth(key: str, wanted: Mapping[str, Mapping[str, Any]]) -> int:
    parent = wanted[key].get("parent")
    return 0 if parent is None else 1 + _depth(parent, wanted)


def _inherited(key: str, name: str, wanted: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a unit says of itself, or the nearest one above it that says anything."""
    at: str | None = key
    while at is not None:
        if said := wanted[at].get(name):
            return str(said)
        at = wanted[at].get("parent")
    return ""


def _unit_fields(table: Mapping[str, Any], position: int, rows: Mapping[str, Unit]) -> dict[str, Any]:
    parent, closed = table.get("parent"), table.get("closed")
    return {
        "name": table["name"],
        "kind": table["kind"],
        "service_type": table.get("service_type", ""),
        "parent_id": rows[parent].id if parent else None,
        "beds": table.get("beds"),
        "aliases": list(table.get("aliases", ())),
        "traits": list(table.get("traits", ())),
        "position": position,
        "closed_on": date.fromisoformat(closed) if closed else None,
    }


def _apply_agreements(
    scope: Scope, wanted: Mapping[str, Mapping[str, Any]], known: Mapping[str, UUID]
) -> list[Change]:
    rows = {row.commissioner_id: row for row in scope.session.scalars(select(Agreement))}
    changes: list[Change] = []
    for slug, table in wanted.items():
        row = rows.pop(known[slug], None) or Agreement(
            id=uuid7(), tenant_id=scope.tenant.id, commissioner_id=known[slug]
        )
        fields = {
            "purpose": table["purpose"],
            "lawful_basis": table["lawful_basis"],
            "formats": list(table["formats"]),
            "unit_keys": list(table["units"]),
            "valid_from": date.fromisoformat(table["valid_from"]),
            "valid_to": date.fromisoformat(table["valid_to"]) if table.get("valid_to") else None,
            "revoked_at": None,
        }
        changes += _write(scope, row, f"agreement with {slug}", fields, _AGREEMENT_FIELDS)
    for row in rows.values():
        if row.revoked_at is None:
            changes += _write(scope, row, "agreement", {"revoked_at": scope.now()}, ("revoked_at",))
    return changes


def _write(
    scope: Scope, row: Unit | Agreement, what: str, fields: Mapping[str, Any], compared: tuple[str, ...]
) -> list[Change]:
    """Write the fields that differ, tell the trail, and return the change in words."""
    fresh = row not in scope.session
    before = {} if fresh else {name: getattr(row, name) for name in compared if name in fields}
    after = {name: value for name, value in fields.items() if fresh or before[name] != value}
    if not after:
        return []
    for name, value in after.items():
        setattr(row, name, value)
    scope.session.add(row)
    scope.session.flush()
    action = f"{type(row).__name__.lower()}.{'added' if fresh else 'changed'}"
    told_before = None if fresh else {name: _plain(before[name]) for name in after}
    told_after = {name: _plain(value) for name, value in after.items()}
    scope.emit(PackApplied(type(row).__name__.lower(), row.id, action, told_before, told_after))
    if fresh:
        return [Change(scope.tenant.slug, f"add {what}")]
    return [Change(scope.tenant.slug, f"{what}: {', '.join(after)}")]


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime, UUID)):
        return str(value)
    return value

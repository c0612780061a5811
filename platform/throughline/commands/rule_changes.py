"""What applying packs would change about their rules, in sentences, and what keeps it from being applied."""

from collections.abc import Iterator

from throughline.kernel.errors import NotFound
from throughline.rules.written.packs import Difference, differences
from throughline.tenancy.check import PackFolder
from throughline.tenancy.scope import Scopes
from throughline.tenancy.service import Change

_LONGEST = 200


def rule_differences(scopes: Scopes, folder: PackFolder) -> list[tuple[str, Difference]]:
    """Return how the rules of each pack differ from those applied, with the provider's name in addresses."""
    found = []
    for pack in folder.packs:
        try:
            applied = scopes.find_tenant(pack.slug).pack.raw
        except NotFound:  # the pack adds it
            applied = {}
        found += [(pack.slug, one) for one in differences(applied, pack.raw)]
    return found


def rule_changes(found: list[tuple[str, Difference]]) -> list[Change]:
    """Say each difference as a person would: a rule added or retired, or each of its fields that changes."""
    return [Change(slug, sentence) for slug, one in found for sentence in sentences(one)]


def sentences(one: Difference) -> Iterator[str]:
    """Say one difference."""
    if one.kind != "changed":
        yield f"{'add' if one.kind == 'added' else 'retire'} rule {one.rule_key}"
    for field in one.fields:
        yield f"rule {one.rule_key}, {field.name}: {_short(field.before)} becomes {_short(field.after)}"


def unnumbered(found: list[tuple[str, Difference]]) -> list[str]:
    """Say of each live rule that would mean something else under its old number what to write."""
    return [
        f"{slug}: rule {one.rule_key} means something else than version {one.same_version} does, and what"
        f" that version did is kept under its number. Write version: {one.same_version + 1}."
        for slug, one in found
        if one.same_version
    ]


def _short(text: str) -> str:
    if not text:
        return "nothing"
    return f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}”"

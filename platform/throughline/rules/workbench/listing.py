"""Every rule of a tenant in one list: of plugins, of the pack, and written on pages, in every status."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Forbidden
from throughline.rules.workbench import queries, reading
from throughline.sdk import LOCAL, Rule
from throughline.tenancy.scope import Scope

LOOKED_AT = timedelta(days=28)
AT_ONCE = 100
STATUSES = ("live", "shadow", "draft", "retired", "aside")
PACK, PAGE = "pack", "page"
NOTHING = queries.Spoke()
NOBODY = "-"
"""What the address says for rules without an owner."""


@dataclass(frozen=True)
class Listed:
    """One rule as the list shows it.

    ``source`` is a plugin's key, ``pack`` or ``page``; ``version_id`` is of a rule written on a page. What it
    did is counted over ``LOOKED_AT``, but for ``last_at``: for a shadow, what it would have done.
    """

    key: str
    title: str
    source: str
    version: int | None
    status: str
    owner: str
    unverified: bool = False
    asked: bool = False
    version_id: UUID | None = None
    author_id: UUID | None = None
    saved_at: datetime | None = None
    last_at: datetime | None = None
    did: queries.Spoke = NOTHING


@dataclass(frozen=True)
class Wanted:
    """What narrows the list; what is empty narrows nothing."""

    status: str = ""
    source: str = ""
    owner: str = ""
    words: str = ""

    def takes(self, one: Listed) -> bool:
        """Say whether a rule is wanted, whatever its status."""
        said = f"{one.title} {one.key} {one.owner}".casefold()
        return (
            (not self.source or one.source == self.source)
            and (not self.owner or (one.owner or NOBODY) == self.owner)
            and all(word in said for word in self.words.casefold().split())
        )


@dataclass(frozen=True)
class Listing:
    """The wanted rules, how many there are of each status among them, and what there is to choose from."""

    rules: tuple[Listed, ...]
    counts: Mapping[str, int]
    sources: tuple[str, ...]
    owners: tuple[str, ...]


def listing(scope: Scope, wanted: Wanted) -> Listing:
    """Return the tenant's rules, those that do something first, then by title.

    Raises:
        Forbidden: the actor configures nothing here.
    """
    if not scope.actor.may(Permission.CONFIGURE):
        raise Forbidden("configures nothing here")
    every = [*_brought(scope), *_own(scope)]
    fitting = [one for one in every if wanted.takes(one)]
    counts = Counter(one.status for one in fitting)
    chosen = [one for one in fitting if not wanted.status or one.status == wanted.status]
    chosen.sort(key=lambda one: (STATUSES.index(one.status), one.title.casefold(), one.key, one.version or 0))
    return Listing(
        tuple(_with_deeds(scope, chosen)),
        {"": counts.total(), **counts},
        tuple(dict.fromkeys(one.source for one in every)),
        tuple(sorted({one.owner for one in every if one.owner}, key=str.casefold)),
    )


def _brought(scope: Scope) -> Iterator[Listed]:
    aside = queries.put_aside(scope)
    for rule in reading.brought(scope).values():
        status = "aside" if rule.key in aside and rule.status == "live" else rule.status
        yield Listed(
            rule.key, rule.title, _source(rule), rule.version, status, rule.owner,
            unverified=rule.authority.confidence != "sourced",
        )  # fmt: skip


def _source(rule: Rule) -> str:
    first = rule.key.partition(".")[0]
    return PACK if first == LOCAL else first


def _own(scope: Scope) -> Iterator[Listed]:
    for version in queries.current(scope):
        yield Listed(
            version.rule_key, version.title or "A draft without a title", PAGE, version.number,
            version.status, version.owner,
            asked=version.asked_at is not None and version.status in ("draft", "shadow"),
            version_id=version.id, author_id=version.author_id, saved_at=version.saved_at,
        )  # fmt: skip


def _with_deeds(scope: Scope, chosen: Iterable[Listed]) -> Iterator[Listed]:
    rules = list(chosen)
    since = scope.now() - LOOKED_AT
    spoke = queries.spoke(scope, since)
    last = queries.last_spoke(scope, [one.key for one in rules if one.status in ("live", "aside", "retired")])
    shadows = queries.shadows_spoke(scope, [one.key for one in rules if one.status == "shadow"], since)
    for one in rules:
        if one.status == "shadow":
            would_have = shadows.get((one.key, one.version or 0), queries.Spoke())
            yield replace(one, last_at=would_have.last_at, did=would_have)
        elif one.status == "draft":
            yield one
        else:
            yield replace(one, last_at=last.get(one.key), did=spoke.get(one.key, queries.Spoke()))


def columns(one: Listed, author: str) -> tuple[object, ...]:
    """Return a rule as a line of a file, under ``COLUMNS``."""
    return (
        one.title, one.key, one.source, one.version or "", one.status, one.owner, author,
        one.last_at.isoformat(timespec="minutes") if one.last_at else "",
        one.did.firings, one.did.alarms, one.did.acknowledged, one.did.without_note,
    )  # fmt: skip


COLUMNS = (
    "Rule", "Key", "Source", "Version", "Status", "Owner", "Written by", "Last spoke",
    "Spoke in 28 days", "Alarms in 28 days", "Acknowledged", "Acknowledged without a note",
)  # fmt: skip

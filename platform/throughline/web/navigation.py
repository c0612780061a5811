"""Where each role can go, as data: the side navigation, and the phone's bottom bar of four."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

EVERYONE = frozenset(
    {"reporter", "unit_manager", "governance_lead", "executive", "consultant", "administrator"}
)
_REPORTING = EVERYONE - {"consultant"}
_LEADING = frozenset({"unit_manager", "governance_lead", "executive", "consultant"})
_GOVERNING = frozenset({"governance_lead", "executive", "consultant"})
_RULING = frozenset({"governance_lead", "consultant", "administrator"})


@dataclass(frozen=True)
class Entry:
    """A destination below a place's address. ``group`` sets entries apart in the side navigation."""

    key: str
    label: str
    path: str
    icon: str
    roles: frozenset[str]
    group: int = 0


PROVIDER = (
    Entry("home", "Home", "", "home", EVERYONE),
    Entry("inbox", "Inbox", "inbox", "inbox", EVERYONE),
    Entry("incidents", "Incidents", "incidents", "list", EVERYONE, 1),
    Entry("reviews", "Reviews", "reviews", "review", _LEADING, 1),
    Entry("learning", "Learning", "learning", "learning", EVERYONE, 1),
    Entry("actions", "Actions", "actions", "action", EVERYONE, 1),
    Entry("trends", "Trends", "trends", "trend", _LEADING, 2),
    Entry("evidence", "Evidence", "evidence", "evidence", _GOVERNING | {"unit_manager"}, 2),
    Entry("rules", "Rules", "rules", "rule", _RULING, 3),
    Entry("audit", "Audit", "audit", "audit", _GOVERNING | {"administrator"}, 3),
    Entry("people", "People", "people", "person", frozenset({"administrator"}), 3),
    Entry("settings", "Set-up", "settings", "settings", frozenset({"administrator"}), 3),
)
REPORT = Entry("report", "Report", "report", "report", _REPORTING)
COMMISSIONER = (
    Entry("home", "Home", "", "home", frozenset({"commissioner"})),
    Entry("evidence", "Evidence", "evidence", "evidence", frozenset({"commissioner"}), 1),
    Entry("queries", "Queries", "queries", "inbox", frozenset({"commissioner"}), 1),
    Entry("providers", "Providers", "providers", "list", frozenset({"commissioner"}), 1),
)


@dataclass(frozen=True)
class Item:
    """An entry as one person sees it on one page."""

    key: str
    label: str
    href: str
    icon: str
    group: int = 0
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Place:
    """A tenant or a commissioner organisation somebody is in. ``address`` is such as ``/t/calder``."""

    name: str
    address: str
    kind: str = "provider"


@dataclass(frozen=True)
class Frame:
    """Everything ``layout.html`` needs, under the single name ``frame``."""

    place: Place
    person_name: str
    person_role: str
    side: tuple[Item, ...]
    bottom: tuple[Item, ...]
    report: Item | None
    inbox: Item | None
    search_href: str
    account_href: str
    sign_out_href: str
    other_places: tuple[Place, ...] = ()


def frame_for(
    place: Place,
    person_name: str,
    roles: Iterable[str],
    path: str,
    *,
    inbox_count: int = 0,
    other_places: tuple[Place, ...] = (),
    leads_somewhere: Callable[[str], bool] = lambda _: True,
    account_href: str = "/account",
    sign_out_href: str = "/sign-out",
) -> Frame:
    """Build the frame of one page for one person.

    ``path`` is the request's path, so that the entry it lies under is marked; ``leads_somewhere`` says
    whether an address has a route, so that none is a dead end; ``roles`` are role keys, the main one first.
    """
    held = tuple(roles)
    entries = COMMISSIONER if place.kind == "commissioner" else (*PROVIDER, REPORT)
    seen = {
        entry.key: _item(entry, place, path, inbox_count)
        for entry in entries
        if entry.roles.intersection(held) and leads_somewhere(_address(place, entry))
    }
    side = tuple(item for key, item in seen.items() if key != REPORT.key)
    return Frame(
        place=place,
        person_name=person_name,
        person_role=held[0] if held else "",
        side=side,
        bottom=tuple(seen[key] for key in _bottom_keys(place) if key in seen),
        report=seen.get(REPORT.key),
        inbox=seen.get("inbox"),
        search_href=seen["incidents"].href if "incidents" in seen else "",
        account_href=account_href if leads_somewhere(account_href) else "",
        sign_out_href=sign_out_href,
        other_places=other_places,
    )


def _bottom_keys(place: Place) -> tuple[str, ...]:
    """Name the three entries beside "More" on a phone."""
    return ("home", "evidence", "queries") if place.kind == "commissioner" else ("home", "report", "inbox")


def _address(place: Place, entry: Entry) -> str:
    return f"{place.address}/{entry.path}".rstrip("/") if entry.path else f"{place.address}/"


def _item(entry: Entry, place: Place, path: str, inbox_count: int) -> Item:
    href = _address(place, entry)
    here = path.rstrip("/")
    current = here == href.rstrip("/") or (bool(entry.path) and here.startswith(f"{href}/"))
    count = inbox_count if entry.key == "inbox" else 0
    return Item(entry.key, entry.label, href, entry.icon, entry.group, current, count)

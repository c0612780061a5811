"""Where each person can go, as data: the side navigation, and the phone's bottom bar of four.

An entry names the permission its page asks for, so that no entry leads to a page that refuses.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from throughline.accounts.permissions import ROLES, Permission


@dataclass(frozen=True)
class Entry:
    """A destination below a place's address. ``group`` sets entries apart in the side navigation.

    ``needs`` is the permission its page asks for; with none, whoever has a role in the place may open it.
    """

    key: str
    label: str
    path: str
    icon: str
    needs: Permission | None = None
    group: int = 0


PROVIDER = (
    Entry("home", "Home", "", "home"),
    Entry("inbox", "Inbox", "inbox", "inbox"),
    Entry("incidents", "Incidents", "incidents", "list", Permission.REPORT, 1),
    Entry("reviews", "Reviews", "reviews", "review", Permission.READ, 1),
    Entry("learning", "Learning", "learning", "learning", Permission.REPORT, 1),
    Entry("actions", "Actions", "actions", "action", Permission.REPORT, 1),
    Entry("on_call", "On call", "on-call", "clock", Permission.ACKNOWLEDGE, 1),
    Entry("obligations", "Obligations", "obligations", "calendar", Permission.OVERSEE, 1),
    Entry("line", "The line", "line", "line", Permission.OVERSEE, 2),
    Entry("trends", "Trends", "trends", "trend", Permission.OVERSEE, 2),
    Entry("evidence", "Evidence", "evidence", "evidence", Permission.OVERSEE, 2),
    Entry("rules", "Rules", "rules", "rule", Permission.CONFIGURE, 3),
    Entry("audit", "Audit", "audit", "audit", Permission.ADMINISTER, 3),
    Entry("people", "People", "people", "person", Permission.ADMINISTER, 3),
    Entry("settings", "Set-up", "settings", "settings", Permission.ADMINISTER, 3),
)
REPORT = Entry("report", "Report", "report", "report", Permission.REPORT)
COMMISSIONER = (
    Entry("home", "Home", "", "home"),
    Entry("evidence", "Evidence", "evidence", "evidence", group=1),
    Entry("queries", "Queries", "queries", "inbox", group=1),
    Entry("providers", "Providers", "providers", "list", group=1),
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
    preferences_href: str = ""


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
        if held and _may(held, entry) and leads_somewhere(_address(place, entry))
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
        preferences_href=f"{seen['inbox'].href}/preferences"
        if "inbox" in seen and place.kind == "provider"
        else "",
    )


def _may(roles: tuple[str, ...], entry: Entry) -> bool:
    return entry.needs is None or any(entry.needs in ROLES.get(role, frozenset()) for role in roles)


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

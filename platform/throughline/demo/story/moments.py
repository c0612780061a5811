"""Incidents that a line of the story tells on its own, in words written for that one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from throughline.demo.story import packaged
from throughline.demo.story.cast import Cast
from throughline.demo.story.dates import Calendar
from throughline.demo.story.people import People
from throughline.demo.story.places import SERVICES
from throughline.demo.story.records import StoryIncident
from throughline.demo.story.volume import Cell

Line = Mapping[str, Any]
OPEN = "open"  # written for a time that has not come: nobody has answered yet
_LAG = 35  # minutes until it is written down, where a line does not say


@dataclass(frozen=True)
class Moment:
    """An incident with what its line says of what came after: no review and why, when it was read."""

    incident: StoryIncident
    decided: str | None
    triaged_at: datetime | None
    acknowledged_at: datetime | None


def lines() -> list[Line]:
    """Return every line of the story as it is written."""
    return [line for path in packaged.names("lines") for line in packaged.table(path)["lines"]]


def start_of(line: Line, calendar: Calendar) -> date:
    """Return the day a line's own dates count from."""
    return calendar.day(line["start"])


def key_of(line: Line, moment: Mapping[str, Any]) -> str:
    """Return the key of a line's incident."""
    return f"{line['key']}/{moment['key']}"


def told(calendar: Calendar) -> Counter[Cell]:
    """Count the incidents told on their own, so that a month holds no more than it should."""
    return Counter(
        (
            moment["unit"],
            moment["category"],
            calendar.months_ago(calendar.day(moment["at"].split(" ")[0], start_of(line, calendar))),
        )
        for line in lines()
        for moment in line.get("moments", ())
    )


def moments(calendar: Calendar, people: People, cast: Cast) -> list[Moment]:
    """Return every incident told on its own.

    Raises:
        KeyError: a line leaves something out.
        ValueError: it dates something in the future, or names somebody who is not there.
    """
    return [_moment(line, raw, calendar, people, cast) for line in lines() for raw in line.get("moments", ())]


def _moment(line: Line, raw: Mapping[str, Any], calendar: Calendar, people: People, cast: Cast) -> Moment:
    tenant, start = SERVICES[raw["unit"]].tenant, start_of(line, calendar)
    occurred = calendar.moment(raw["at"], start)
    reported = occurred + timedelta(minutes=raw.get("lag", _LAG))
    if reported >= calendar.until:
        raise ValueError(f"{key_of(line, raw)} would be reported in the future")
    anonymous = raw.get("anonymous", False)
    alias = raw.get("person")
    writer = raw.get("reporter")
    incident = StoryIncident(
        tenant=tenant,
        key=key_of(line, raw),
        unit=raw["unit"],
        occurred_at=occurred,
        reported_at=reported,
        reporter=None if anonymous else cast.named(tenant, writer or f"manager:{raw['unit']}"),
        anonymous=anonymous,
        confidential=raw.get("confidential", False),
        category=raw["category"],
        subcategory=raw["sub"],
        physical_harm=raw.get("physical", "none"),
        psychological_harm=raw.get("psychological", "none"),
        what_happened=_flowing(raw["text"]),
        immediate_action=_flowing(raw["done"]),
        location=raw.get("place", ""),
        person=people.called(tenant, f"{line['key']}/{alias}") if alias else None,
        extra=raw.get("answers", {}),
        person_age=raw.get("age"),
        legal_status=raw.get("status"),
    )
    when = {
        name: calendar.until if raw[name] == OPEN else calendar.moment(raw[name], start)
        for name in ("triaged", "acknowledged")
        if name in raw
    }
    return Moment(incident, raw.get("decided"), when.get("triaged"), when.get("acknowledged"))


def _flowing(text: str) -> str:
    return " ".join(text.split())

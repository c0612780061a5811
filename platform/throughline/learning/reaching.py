"""How far learning goes, and for whom: groups of units to choose by, and the measures of reach.

Reach, acknowledgement and adoption are shares of the units a learning was shared with; the time from an
incident to its first share is in days. The definitions are those of ``learning_shared_in_n`` and
``learning_ack`` (domain.md, indicators).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from throughline.incidents.models import Incident
from throughline.learning.models import Attendance, Learning, LearningReview, Share
from throughline.reviews.models import ReviewIncident
from throughline.tenancy.models import Unit
from throughline.tenancy.scope import Scope

_DAY = 86400


@dataclass(frozen=True)
class Group:
    """Units with something in common: a type of service or a trait, by its address and in words."""

    key: str
    label: str
    count: int


def groups(units: Iterable[Unit]) -> list[Group]:
    """Return what two units or more have in common, for choosing whom a learning is for."""
    found: dict[str, tuple[str, int]] = {}
    for unit in units:
        for key, label in _keys(unit):
            found[key] = (label, found.get(key, ("", 0))[1] + 1)
    return [
        Group(key, label, count) for key, (label, count) in sorted(found.items(), key=_by_label) if count > 1
    ]


def _by_label(item: tuple[str, tuple[str, int]]) -> tuple[bool, str]:
    return item[0].startswith("trait:"), item[1][0]


def _keys(unit: Unit) -> list[tuple[str, str]]:
    kinds = [(f"type:{unit.service_type}", unit.service_type.replace("_", " "))] if unit.service_type else []
    return [*kinds, *((f"trait:{trait}", trait.replace("-", " ")) for trait in unit.traits)]


def of_group(units: Iterable[Unit], key: str) -> list[Unit]:
    """Return the units of a group; none for a key that is no group's."""
    return [unit for unit in units if key in dict(_keys(unit))]


@dataclass(frozen=True)
class Measures:
    """How far what was shared in a time has gone. Days are medians; None where there is nothing to tell.

    ``to_share`` is from an incident's report to the first share of what was learned from it, ``to_answer``
    from a share to the unit's answer.
    """

    learnings: int
    units: int
    acknowledged: int
    answers: dict[str, int]
    people: int
    to_share: float | None
    to_answer: float | None

    @property
    def adopted(self) -> float | None:
        """Adopted or done already, as a share of the units it applies to, 0 to 1."""
        applies = self.units - self.answers.get("not_applicable", 0)
        done = self.answers.get("adopted", 0) + self.answers.get("already_done", 0)
        return done / applies if applies else None


def measures(scope: Scope, since: datetime) -> Measures:
    """Return how far what was shared since a moment has gone."""
    took = func.extract("epoch", Share.acknowledged_at - Share.shared_at) / _DAY
    row = scope.session.execute(
        select(
            func.count(Share.learning_id.distinct()),
            func.count(),
            func.count(Share.acknowledged_at),
            func.percentile_cont(0.5).within_group(took.asc()),
        ).where(Share.shared_at >= since)
    ).one()
    said = select(Share.answer, func.count()).where(Share.shared_at >= since, Share.answer.is_not(None))
    people = (
        select(func.count())
        .select_from(Attendance)
        .join(Share, Share.id == Attendance.share_id)
        .where(Share.shared_at >= since)
    )
    return Measures(
        row[0],
        row[1],
        row[2],
        {str(answer): count for answer, count in scope.session.execute(said.group_by(Share.answer))},
        scope.session.scalar(people) or 0,
        _days_to_share(scope, since),
        _rounded(row[3]),
    )


def _days_to_share(scope: Scope, since: datetime) -> float | None:
    first = (
        select(Incident.id, (func.min(Share.shared_at) - func.min(Incident.reported_at)).label("took"))
        .join(ReviewIncident, ReviewIncident.incident_id == Incident.id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(Learning, Learning.id == LearningReview.learning_id)
        .join(Share, Share.learning_id == Learning.id)
        .group_by(Incident.id)
        .having(func.min(Share.shared_at) >= since)
        .subquery()
    )
    days = func.extract("epoch", first.c.took) / _DAY
    return _rounded(scope.session.scalar(select(func.percentile_cont(0.5).within_group(days.asc()))))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)

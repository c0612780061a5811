"""Stored incidents for the tests of history: random ones, with answers as no form would send them."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from throughline.incidents.models import Incident, Person
from throughline.kernel.database import uuid7
from throughline.tenancy.queries import tree

CATEGORIES = ("self_harm", "fall", "restrictive_practice", "violence", "death")
LOCATIONS = ("", "  ", "Bathroom", "bathroom ", "BATHROOM", "Garden", "100%", "Gärten")
# The clocks of Europe/London go forward and back around these moments.
CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
PHYSICAL = ("none", "low", "moderate", "severe", "fatal")
PSYCHOLOGICAL = ("none", "low", "moderate", "severe")


def answers(rng: random.Random) -> dict:
    """Answers to the questions of psirf.restraint and others: right, missing, null, and of the wrong kind."""
    odd = [
        *(None, "", "5", 5, -5, 0, 2**63 - 1, 2**63, -(2**63), 1e3, 5.0, 2.5, True, False, [], {}, "prone"),
        *(["prone"], ["prone", "side"], ["prone", 3], [None], [["prone"]], ["x"] * 200, ["x"] * 201),
        *({"a": 1}, "é😀", "100%", "a_b\\c", "x" * 20_000, "x" * 20_001, ["x" * 20_001], "null", "true"),
    ]
    keys = ("positions", "duration_minutes", "rapid_tranquillisation", "debrief", "minutes", "injection")
    return {key: rng.choice(odd) for key in keys if rng.random() < 0.7}


def store(scope, count: int, seed: int, around=CHANGES, questions: dict | None = None) -> list[Incident]:
    """Store incidents around some moments, of a few people, on every unit; return them as they are read."""
    rng = random.Random(seed)
    units = list(tree(scope).units)
    people = [uuid7() for _ in range(4)]
    person = {"tenant_id": scope.tenant.id, "reference_sealed": b"", "created_at": scope.now()}
    for number, person_id in enumerate(people):
        values = {"id": person_id, "pseudonym": f"P{seed}-{number}", "reference_index": person_id.bytes}
        scope.session.execute(insert(Person).values({**person, **values}))
    rows = [row(rng, scope, number, units, people, around, questions) for number in range(count)]
    scope.session.execute(insert(Incident), rows)
    scope.session.expire_all()
    found = [scope.session.get_one(Incident, (scope.tenant.id, one["id"])) for one in rows]
    return sorted(found, key=lambda one: (one.occurred_at, one.id))


def row(rng, scope, number: int, units: list[UUID], people: list[UUID], around, questions) -> dict:
    moment = rng.choice(around)
    moment += timedelta(minutes=rng.choice([-60, -30, -1, 0, 1, 29, 60]), days=rng.randrange(-20, 21))
    moment += timedelta(microseconds=rng.choice([0, 0, 0, 1, -1, 999_999]))
    physical, psychological = rng.choice(PHYSICAL), rng.choice(PSYCHOLOGICAL)
    delay = timedelta(
        seconds=rng.choice([0, 3599, 3600, 3601, 86_400, 7_200_000]), microseconds=rng.choice([0, 999_999])
    )
    own = random.Random(number)
    extra = {}
    if rng.random() < 0.8:
        for key, fields in (questions or {}).items():
            odd = list(answers(rng).values())
            extra[key] = {name: rng.choice(odd) for name in fields if odd and rng.random() < 0.6}
    if rng.random() < 0.05:
        extra = {key: rng.choice([None, [], "x", 3, ["positions"]]) for key in extra}
    return {
        "tenant_id": scope.tenant.id,
        "id": uuid7(),
        "reference": f"T-{number}-{rng.randrange(10**9)}",
        "unit_id": rng.choice(units),
        "occurred_at": moment,
        "reported_at": moment + delay,
        "category": rng.choice(CATEGORIES),
        "subcategory": rng.choice(["", "assault", "from_height"]),
        "what_happened": "x",
        "location": rng.choice(LOCATIONS),
        "physical_harm": physical,
        "psychological_harm": psychological,
        "harm": max(PHYSICAL.index(physical), PSYCHOLOGICAL.index(psychological)),
        "person_id": rng.choice([None, *people]),
        "person_age": own.choice([None, 0, 15, 17, 18, 64, 120]),
        "legal_status": own.choice([None, "informal", "detained_s2", "s17_leave"]),
        "anonymous": rng.random() < 0.2,
        "confidential": rng.random() < 0.2,
        "extra": extra,
        "triage_due": moment,
    }

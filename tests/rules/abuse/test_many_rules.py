"""A pack of the most rules it may hold, each with look-backs of its own, leaves reporting as it is."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from tests.conftest import ROOT

from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.rules.active import active
from throughline.rules.models import Firing, Problem
from throughline.rules.written.packs import read_files
from throughline.rules.written.reading import MOST_RULES
from throughline.sdk import Trigger
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree

pytestmark = pytest.mark.slow
MAIL = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}
RULE = """\
  - key: rule_{number}
    title: Rule {number}
    why: It matters.
    authority: {{statement: Our own., reference: Policy 1}}
    on: [incident.reported]
    let:
      a: count of incidents with the same unit within {days} days where incident.hour != {hour}
      b: count of incidents with the same person within {days} days where incident.hour > {hour}
      c: days since the last incident with the same location within {days} days where incident.hour != {hour}
      d: count of people in incidents with the same branch within {days} days where incident.hour >= {hour}
    when: a + b + c + d >= {least}
    then:
      - set_flag: {{key: flag_{number}, title: Flag}}
"""


def rules(first: int, count: int, least: int = 10**6) -> str:
    numbers = range(first, first + count)
    return "rules:\n" + "".join(
        RULE.format(number=n, days=n % 300 + 2, hour=n % 24, least=least if n else 0) for n in numbers
    )


@pytest.fixture
def pack_with(scopes) -> Iterator:
    """Return a function that gives calder's pack other rules; the old ones are put back."""
    folder = check.read_folder(ROOT / "tenants", {**os.environ, **MAIL}, "calder")

    def made(**files: str):
        (pack,) = folder.packs
        texts = {f"{name}.yaml": text for name, text in files.items()}
        return replace(folder, packs=(replace(pack, raw={**pack.raw, "rules": texts}),))

    yield made
    scopes._tenants.clear()
    service.apply(scopes, folder, SYSTEM)


def report(scopes):
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM, "test") as scope:
        sent = incidents.Report(
            submission_key=uuid4(),
            unit_id=tree(scope).services()[0].id,
            occurred_at=scope.now() - timedelta(hours=1),
            category="fall",
            what_happened="Slipped.",
            physical_harm="low",
            psychological_harm="none",
            location="Corridor",
            person_reference="NHS 943 476 5919",
        )
        return incidents.report(scope, sent).incident.id


def test_the_most_rules_a_pack_may_hold_ask_more_than_one_query_can_answer_and_reporting_goes_on(
    scopes, pack_with
):
    service.apply(scopes, pack_with(**{f"f{n}": rules(n * 100, 100) for n in range(5)}), SYSTEM)
    scopes._tenants.clear()
    first = report(scopes)
    report(scopes)
    scopes._tenants.clear()
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM, "test") as scope:
        asked = active(scope).live.lookbacks(Trigger.INCIDENT_REPORTED)
        assert len(asked) > 1664, "fewer would fit into one query, and this test would see nothing"
        assert scope.session.scalar(select(func.count()).select_from(Incident)) == 2
        spoke = scope.session.scalars(select(Firing.rule_key).where(Firing.incident_id == first)).all()
        assert spoke == ["local.rule_0"]
        assert scope.session.scalars(select(Problem)).all() == []


def test_more_rules_than_a_pack_may_hold_are_refused_in_a_sentence(pack_with):
    plain = [line for line in RULE.splitlines(keepends=True) if not line.startswith(("    let:", "      "))]
    rule = "".join(plain).replace("a + b + c + d >= {least}", "incident.harm >= 3") + RULE.splitlines()[-1]
    texts = ["".join(rule.format(number=n * 100 + m) + "\n" for m in range(100)) for n in range(6)]
    (pack,) = pack_with(**{f"f{n}": f"rules:\n{text}" for n, text in enumerate(texts)}).packs
    files = read_files(pack)
    assert sum(len(file.written.rules) for file in files) == MOST_RULES
    assert [one.message for file in files for one in file.written.mistakes] == [
        f"With this file the pack has more than {MOST_RULES} rules."
    ]

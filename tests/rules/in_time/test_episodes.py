"""One correction tells twice, that it was graded and that it changed; a rule that hears both speaks once."""

import pytest
from sqlalchemy import func, select
from tests.rules.in_time.conftest import CHAIN

from throughline.incidents import answering
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.rules.models import Escalation, Firing
from throughline.sdk import Authority, Rule, Trigger

BOTH = (Trigger.INCIDENT_GRADED, Trigger.INCIDENT_CHANGED)


@pytest.fixture
def corrected(scopes, calder, with_rules, reported):
    """Return a function that changes one incident under the rule, and says how often it spoke and alarmed."""
    authority = Authority("Local.", "Policy 1")
    rule = Rule("test.both", 1, "Harm", "It matters.", authority, BOTH, "incident.harm >= 2", (CHAIN,))
    with_rules(rule)
    found = reported("cedar", category="absence", physical_harm="none")

    def change(**values):
        with scopes.tenant(calder, SYSTEM) as scope:
            one = incidents.find(scope, found.id)
            if "answers" in values:
                answering.answer(scope, one.id, one.version, values["answers"])
            else:
                incidents.grade(scope, one.id, one.version, values, "Looked again.")
        with scopes.tenant(calder, SYSTEM) as scope:
            return tuple(
                scope.session.scalar(select(func.count()).select_from(table).where(*of))
                for table, of in (
                    (Firing, [Firing.incident_id == found.id]),
                    (Escalation, [Escalation.incident_id == found.id]),
                )
            )

    return change


def test_a_rule_that_hears_both_speaks_once_for_one_episode(corrected):
    assert corrected(physical_harm="moderate") == (1, 1)
    assert corrected(person_reference="CV-P-3") == (1, 1), "what it reads is as it was"
    assert corrected(answers={"psirf.absence": {"kind": "awol"}}) == (1, 1)
    assert corrected(confidential=True) == (1, 1)
    assert corrected(physical_harm="low") == (1, 1), "it holds no more"
    assert corrected(physical_harm="moderate") == (1, 1), "the same again is no news"
    assert corrected(physical_harm="severe") == (2, 2), "worse is"


def test_a_rule_that_hears_of_grades_alone_does_not_hear_whom_it_was_about(
    scopes, calder, with_rules, reported
):
    authority = Authority("Local.", "Policy 1")
    graded = (Trigger.INCIDENT_GRADED,)
    with_rules(
        Rule("test.graded", 1, "Harm", "It matters.", authority, graded, "incident.harm >= 2", (CHAIN,))
    )
    found = reported(physical_harm="moderate")
    with scopes.tenant(calder, SYSTEM) as scope:
        incidents.grade(scope, found.id, 1, {"person_reference": "CV-P-3"}, "It was somebody else.")
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(Firing).where(Firing.incident_id == found.id)).all() == []

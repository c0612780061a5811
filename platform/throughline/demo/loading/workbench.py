"""What a consultant has at hand: a live rule, a draft of its next version, and a back-test of that."""

from uuid import UUID, uuid5

from throughline.rules.confining import Cancellation
from throughline.rules.workbench import runs, service
from throughline.tenancy.scope import Scope

_NAMES = UUID("6c5a3c52-4b84-4d0f-9d0e-5d8a2b0f6a11")
_LIVE = """\
key: falls_in_a_month
title: Falls with harm on a unit, again within 28 days
why: Falls that come together ask about the place, its light and floor, and about medicines.
authority:
  statement: Our own choice, to look at the place before the next fall.
  reference: Local falls policy
  confidence: unverified
owner: Quality team
on: [incident.reported, incident.graded]
let:
  here: count of incidents with the same unit and the same category within 28 days where incident.harm >= 1
when: incident.category == "fall" && incident.harm >= 1 && here >= 3
then:
  - escalate: {to: unit_manager, acknowledge_within: 24 hours}
tests:
  - given: {incident.category: fall, incident.harm: 1, here: 3}
    fires: true
  - given: {incident.category: fall, incident.harm: 1, here: 2}
    fires: false
"""
_NEXT = (
    _LIVE.replace("here >= 3", "here >= 2")
    .replace("here: 2}", "here: 1}")
    .replace("here: 3}", "here: 2}")
    .replace("  - escalate: {to: unit_manager", "  - escalate: {to: on_call")
)
_WHY = "Look one fall earlier, and ask whoever is on call: how many more alarms would that have been?"


def write(scope: Scope) -> None:
    """Put a rule live in the name of the scope's actor, begin its next version, and back-test that."""
    live = service.begin(scope, uuid5(_NAMES, f"{scope.tenant.slug} live"), _LIVE)
    service.put_live(scope, live.id)
    draft = service.begin(scope, uuid5(_NAMES, f"{scope.tenant.slug} next"), _NEXT, _WHY)
    run = runs.ask(scope, draft.id, "1")
    number, slices = runs.begin(scope, run.id)
    while number < slices:
        runs.do_slice(scope, run.id, number, Cancellation())
        scope.session.expire(run)
        number += 1
    runs.finish(scope, run.id)

"""One report of this morning for each provider, sent as a person would: all that follows is real."""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from throughline.incidents.service import Report, report
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_HAPPENED_BEFORE = timedelta(minutes=40)
_REPORTS: Mapping[str, Mapping[str, Any]] = {
    "calder": {
        "unit": "oak",
        "category": "fall",
        "subcategory": "unwitnessed",
        "what_happened": "A bang was heard from the shower room. The person affected was on the floor and"
        " could not put weight on their right leg. The floor was wet up to the door; the mat had been taken"
        " away for washing.",
        "immediate_action": "Not moved. 999 called, pain relief given and a nurse stayed with them. The"
        " ambulance has taken them to the emergency department; a fractured hip is thought likely. Their"
        " brother has been rung.",
        "location": "Bathroom",
        "physical_harm": "severe",
        "psychological_harm": "low",
        "person_reference": "CV-P-0999",
    },
    "hollins": {
        "unit": "larch-house",
        "category": "fall",
        "subcategory": "unwitnessed",
        "what_happened": "The person affected was found sitting on the floor between the bed and the door,"
        " with a lump on the forehead. They had got up for the toilet. The sensor mat had been moved to"
        " vacuum and not put back.",
        "immediate_action": "Checked for injury before being helped up with the hoist. Talking and drinking"
        " as usual. The out-of-hours doctor has been rung and will ring back.",
        "location": "Bedroom",
        "physical_harm": "low",
        "psychological_harm": "low",
        "person_reference": "HB-P-0999",
        "extra": {
            "social_care.fall": {
                "witnessed": False,
                "doing": "toilet",
                "head": True,
                "thins_blood": "yes",
                "checked_after": True,
                "aids_in_place": "some",
            }
        },
    },
}


def send(scope: Scope) -> None:
    """Send the report of the scope's provider, in the name of the scope's actor; none if it has none."""
    told = dict(_REPORTS.get(scope.tenant.slug, {}))
    if not told:
        return
    # The key follows from the day, so that loading twice on one day reports once.
    key = UUID(int=random.Random(f"fresh:{scope.today()}").getrandbits(128), version=4)  # noqa: S311
    unit = tree(scope).by_key(told.pop("unit"))
    happened = scope.now() - _HAPPENED_BEFORE
    report(scope, Report(submission_key=key, unit_id=unit.id, occurred_at=happened, **told))

"""Keep what rules in shadow would have done: recorded, and nothing else."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from throughline.kernel.database import uuid7
from throughline.rules.effects import as_data
from throughline.rules.engine import Finding, RuleFailure
from throughline.rules.subjects import Subject
from throughline.rules.workbench.models import ShadowFiring
from throughline.sdk import Trigger
from throughline.tenancy.scope import Scope


def keep(
    scope: Scope, about: Subject, trigger: Trigger, outcomes: Iterable[Finding | RuleFailure], moment: str
) -> None:
    """Store each finding once. A shadow that could not be evaluated is silent: its author tries it out."""
    rows = [
        {
            "tenant_id": scope.tenant.id,
            "id": uuid7(),
            **about.columns,
            "rule_key": found.rule_key,
            "rule_version": found.version,
            "trigger": trigger.value,
            "digest": found.digest_at(moment),
            "explanation": found.explanation,
            "effects": [as_data(effect) for effect in found.effects],
            "at": scope.now(),
        }
        for found in outcomes
        if isinstance(found, Finding)
    ]
    if rows:
        scope.session.execute(insert(ShadowFiring).on_conflict_do_nothing(), rows)

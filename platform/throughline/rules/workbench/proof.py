"""What a rule would say of one past incident, and what it would have done with years of them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.permissions import Permission
from throughline.incidents.models import Incident
from throughline.incidents.policy import read_whole
from throughline.kernel.errors import Invalid
from throughline.rules.active import schema
from throughline.rules.backtest import BackTest, Portion, about_units, backtest, compare
from throughline.rules.confining import Cancellation, TookTooLong
from throughline.rules.engine import Finding, UnsoundRule, compile_rule, compile_rules
from throughline.rules.invalid import InvalidCondition
from throughline.rules.looking import facts_of, look_back
from throughline.rules.stepping import Step
from throughline.rules.steps import steps
from throughline.rules.workbench import reading
from throughline.rules.workbench.estimate import seconds_for
from throughline.rules.workbench.models import RuleVersion
from throughline.sdk import ABOUT_UNITS, Rule
from throughline.tenancy.scope import Scope

YEARS = ("1", "2", "5")
AT_ONCE_SECONDS = 2
_DAYS = 365


class Longer(Exception):
    """The back-test takes longer than a page should: a worker does it."""


@dataclass(frozen=True)
class Attempt:
    """A rule tried on one incident: what came out, in words where it speaks, and each step on the way."""

    fires: bool | None
    explanation: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Portions:
    """What one of two versions alone fires on, and what both do."""

    only_mine: Portion
    only_live: Portion
    both: Portion


@dataclass(frozen=True)
class Tested:
    """A version's back-test and, where another version is live, that one's over the same time.

    ``portions`` holds them against each other; ``unlike`` says that one looks at incidents and the other at
    units, so that there are none. ``about_units`` says that this version looks at units.
    """

    mine: BackTest
    live: BackTest | None = None
    portions: Portions | None = None
    about_units: bool = False
    unlike: bool = False


def attempt(scope: Scope, text: str, reference: str) -> Attempt:
    """Try the rule of a text on one of the tenant's incidents.

    What was said in confidence or without a name is not there for somebody who may not read it.

    Raises:
        Invalid: the text cannot be used, or there is no such incident.
    """
    rule = reading.sound(scope, text)
    if not ABOUT_UNITS.isdisjoint(rule.on):
        message = "This rule looks at units at night, not at an incident. Its back-test shows what it finds."
        raise Invalid({"reference": [message]})
    query = select(Incident).where(Incident.reference == reference.upper())
    if not scope.actor.may(Permission.READ_CONFIDENTIAL):
        query = query.where(Incident.confidential.is_(False), Incident.anonymous.is_(False))
    incident = scope.session.scalar(query)
    if incident is None:
        raise Invalid({"reference": ["There is no incident with this reference that you may try a rule on."]})
    facts, counts = facts_of(scope, incident), look_back(scope, incident, rule.let)
    found = compile_rule(rule, schema(scope.catalogue))
    parts = steps(found, facts, counts)
    outcomes = compile_rules([replace(rule, tests=(), status="live")], schema(scope.catalogue)).evaluate(
        rule.on[0], facts, counts
    )
    speaks = next((outcome for outcome in outcomes if isinstance(outcome, Finding)), None)
    return Attempt(parts[0].holds, speaks.explanation if speaks else "", parts)


def history(scope: Scope, version: RuleVersion, years: str) -> Tested:
    """Back-test a version over the tenant's past, against the version that is live.

    Raises:
        Invalid: the text cannot be used, or its condition cannot be asked of stored incidents.
        Longer: it would not be done, or was not, within ``AT_ONCE_SECONDS``.
    """
    start, end = period(scope, years)
    live = live_of(scope, version)
    mine = reading.sound(scope, version.text)
    held = reading.sound(scope, live.text) if live else None
    if seconds_for(scope, [mine, held] if held else [mine], start, end) > AT_ONCE_SECONDS:
        raise Longer("there is much to look at")
    try:
        return held_against(scope, mine, held, start, end, seconds=AT_ONCE_SECONDS)
    except InvalidCondition as problem:
        message = f"Its condition cannot be asked of stored incidents: {problem.message}"
        raise Invalid({"text": [message]}) from problem
    except UnsoundRule as unsound:
        raise Invalid({"text": [str(unsound)]}) from unsound
    except TookTooLong as slow:
        raise Longer("it takes longer than a page should") from slow


def period(scope: Scope, years: str) -> tuple[datetime, datetime]:
    """Return the time a back-test of some years looks at, to this moment and what was reported in it."""
    end = scope.now() + timedelta(seconds=1)
    return end - timedelta(days=_DAYS * int(years)), end


def held_against(
    scope: Scope,
    mine: Rule,
    live: Rule | None,
    start: datetime,
    end: datetime,
    *,
    seconds: float,
    cancellation: Cancellation | None = None,
) -> Tested:
    """Back-test a rule alone or, where there is one to hold it against, both in one pass.

    A rule about incidents and one about units are each tested by themselves. Raises as ``backtest`` does.
    """

    def alone(rule: Rule) -> BackTest:
        return backtest(scope, rule, start, end, seconds=seconds, cancellation=cancellation)

    of_units = about_units(mine)
    if live is None:
        return Tested(alone(mine), about_units=of_units)
    if of_units is not about_units(live):
        return Tested(alone(mine), alone(live), about_units=of_units, unlike=True)
    both = compare(scope, mine, live, start, end, seconds=seconds, cancellation=cancellation)
    portions = Portions(both.only_first, both.only_second, both.both)
    return Tested(both.first, both.second, portions, about_units=of_units)


def live_of(scope: Scope, version: RuleVersion) -> RuleVersion | None:
    """Return the version of the same rule that is live, where that is another one."""
    same = (RuleVersion.rule_key == version.rule_key, RuleVersion.status == "live")
    return scope.session.scalar(select(RuleVersion).where(*same, RuleVersion.id != version.id))


def nameable(scope: Scope, tested: Tested) -> frozenset[UUID]:
    """Return which of the examples of a back-test the actor may be told by reference."""
    parts = tested.portions
    some = (parts.only_mine, parts.only_live, parts.both) if parts else ()
    ids = {one.id for found in (tested.mine, *some) for one in found.examples}
    query = select(Incident.id).where(Incident.id.in_(ids), read_whole(scope))
    return frozenset(scope.session.scalars(query)) if ids else frozenset()

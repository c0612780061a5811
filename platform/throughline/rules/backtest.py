"""Back-tests: what a rule, saved or draft, would have found in the tenant's own history.

Each incident is evaluated as it is stored now, at the moment it was reported, whatever triggers the rule
names: corrections made since then count, and what is only known later (a clock, a triage) plays no part.
Look-backs see the window that ends with the incident, with every incident that is stored now; so one that
was reported late counts although nobody knew of it then. An incident of which a fact cannot be read, or for
which the condition has no answer, neither fires nor passes: it is counted apart.

A rule of the nightly scan is replayed night by night instead (``nightly``).

The numbers are the whole tenant's, whoever asks; who may open an example is for the page to decide.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from throughline.incidents.models import Incident
from throughline.kernel.errors import ThroughlineError
from throughline.rules.confining import Cancellation, confined
from throughline.rules.engine import compile_rule
from throughline.rules.facts import schema_of
from throughline.rules.found import (
    MOST_EXAMPLES,
    BackTest,
    Comparison,
    Example,
    Portion,
    RoleLoad,
    loads_of,
    weeks_of,
)
from throughline.rules.lowering import require_lowerable
from throughline.rules.nightly import nights
from throughline.rules.sweep import Sweep, sweep
from throughline.sdk import ABOUT_UNITS, Rule
from throughline.tenancy.scope import Scope

__all__ = [
    "BackTest",
    "Comparison",
    "Example",
    "Incomparable",
    "Portion",
    "RoleLoad",
    "about_units",
    "backtest",
    "compare",
]


class Incomparable(ThroughlineError):
    """One of two rules looks at incidents, the other at units at night."""


def backtest(
    scope: Scope,
    rule: Rule,
    start: datetime,
    end: datetime,
    *,
    examples: int = 20,
    seconds: float = 60,
    cancellation: Cancellation | None = None,
) -> BackTest:
    """Say what a rule would have found among the incidents reported from ``start`` until before ``end``.

    Both moments carry a time zone. It reads only, and leaves the transaction usable however it ends;
    ``seconds`` bounds the time of each of its few statements, and of a replay of nights as a whole.

    Raises:
        UnsoundRule: the rule does not compile.
        InvalidCondition: its condition cannot be lowered, with the place.
        TookTooLong: it was not done in ``seconds``.
        Cancelled: somebody called ``cancellation.cancel()``.
    """
    (only,), _ = _run(scope, [rule], start, end, examples, seconds, cancellation)
    return only


def compare(
    scope: Scope,
    rule: Rule,
    with_rule: Rule,
    start: datetime,
    end: datetime,
    *,
    examples: int = 20,
    seconds: float = 60,
    cancellation: Cancellation | None = None,
) -> Comparison:
    """Back-test two rules over the same incidents or nights: what one alone fires on, and what both do.

    An incident without an answer is not found. Raises as ``backtest`` does, and:

    Raises:
        Incomparable: one is a rule of the nightly scan, the other is not.
    """
    if about_units(rule) is not about_units(with_rule):
        raise Incomparable(
            "One of the two rules looks at incidents, the other at units at night. What they find cannot be"
            " held against each other one by one; how often each would speak, and to whom, can."
        )
    found, portions = _run(scope, [rule, with_rule], start, end, examples, seconds, cancellation)
    return Comparison(found[0], found[1], *portions)


def about_units(rule: Rule) -> bool:
    """Say whether a rule looks at units at night, and not at incidents."""
    return not ABOUT_UNITS.isdisjoint(rule.on)


def _run(
    scope: Scope,
    rules: Sequence[Rule],
    start: datetime,
    end: datetime,
    examples: int,
    seconds: float,
    cancellation: Cancellation | None,
) -> tuple[list[BackTest], list[Portion]]:
    most = min(examples, MOST_EXAMPLES)
    if about_units(rules[0]):
        return nights(scope, rules, (start, end), most, seconds, cancellation)
    schema = schema_of(scope.catalogue.field_sets.values(), scope.catalogue.duties.values())
    compiled = [compile_rule(rule, schema) for rule in rules]
    for found in compiled:
        require_lowerable(found.condition, {name: fact.kind for name, fact in found.facts.items()})
    with confined(scope, seconds, cancellation):
        done = sweep(scope, compiled, start, end, most)
        shown = _examples(scope, [*done.newest, *done.portions])
    tests = [
        _told(scope, rule, (start, end), done, number, shown[: len(rules)])
        for number, rule in enumerate(rules)
    ]
    if len(rules) == 1:
        return tests, []
    sizes = [_many(done, answers) for answers in ((True, False), (False, True), (True, True))]
    return tests, [Portion(n, some) for n, some in zip(sizes, shown[len(rules) :], strict=True)]


def _many(done: Sweep, answers: tuple[bool, bool]) -> int:
    """Return how many incidents got these answers of two rules; one without an answer is not fired on."""
    return sum(cell.n for cell in done.cells if tuple(bool(answer) for answer in cell.answers) == answers)


def _examples(scope: Scope, wanted: Sequence[Sequence[UUID]]) -> list[tuple[Example, ...]]:
    ids = {incident_id for some in wanted for incident_id in some}
    query = select(
        Incident.id, Incident.reference, Incident.reported_at, Incident.unit_id, Incident.category
    ).where(Incident.tenant_id == scope.tenant.id, Incident.id.in_(ids))
    known = {row.id: Example(*row) for row in scope.session.execute(query)} if ids else {}
    return [tuple(known[incident_id] for incident_id in some) for some in wanted]


def _told(
    scope: Scope,
    rule: Rule,
    period: tuple[datetime, datetime],
    done: Sweep,
    number: int,
    shown: Sequence[tuple[Example, ...]],
) -> BackTest:
    weeks = Counter[date]()
    for cell in done.cells:
        if cell.answers[number]:
            weeks[cell.week] += cell.n
    return BackTest(
        rule.key,
        rule.version,
        *period,
        looked_at=done.looked_at,
        fired=weeks.total(),
        unanswered=sum(cell.n for cell in done.cells if cell.answers[number] is None),
        weeks=tuple((week, weeks[week]) for week in weeks_of(scope, *period)),
        by_unit=done.by_unit[number],
        by_category=done.by_category[number],
        examples=shown[number],
        loads=tuple(loads_of(rule, [cell for cell in done.cells if cell.answers[number]])),
    )

"""Back-test rules over a million incidents, against SQL written by hand for the same numbers.

The hand-written statements run as the product's own do: in a tenant's transaction, under row security.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from benchmarks.stage import Stage
from sqlalchemy import text

from throughline.kernel.actor import SYSTEM
from throughline.rules.backtest import backtest
from throughline.sdk import CATEGORIES, Authority, Escalate, LookBack, Rule, SinceLast, Trigger
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import TenantContext

MANY = 1_000_000
ROUNDS = 5
PEOPLE = 300

PERSONS = """
insert into person (tenant_id, id, pseudonym, reference_sealed, reference_index, created_at)
select %(tenant)s, gen_random_uuid(), 'B-' || n, '', int4send(n), now() from generate_series(1, %(people)s) n
"""
# Ten years; every category alike, a person known in two of three, a plugin's answers in one of four.
FILL = """
with people as (select array_agg(id) ids from person where tenant_id = %(tenant)s and pseudonym like 'B-%%')
insert into incident (tenant_id, id, reference, unit_id, occurred_at, occurred_time_known, reported_at,
    category, subcategory, what_happened, immediate_action, location, physical_harm, psychological_harm, harm,
    person_id, anonymous, confidential, extra, triage_due, triaged_at, triage_decision, version)
select %(tenant)s, gen_random_uuid(), 'CV-T-' || n, (%(units)s::uuid[])[1 + n %% %(count)s],
    now() - n * interval '5 minutes' - (n %% 40) * interval '1 hour', true, now() - n * interval '5 minutes',
    (%(categories)s::text[])[1 + (n / 7) %% 20], '',
    'Unwitnessed fall beside the bed during the evening round.', '',
    case n %% 3 when 0 then '' when 1 then 'Bathroom' else 'Room ' || n %% 25 end,
    (array['none','none','none','low','low','moderate','severe'])[1 + n %% 7], 'none',
    (array[0,0,0,1,1,2,3])[1 + n %% 7],
    case when n %% 3 = 0 then null else ids[1 + abs(hashint4(n)) %% %(people)s] end,
    false, n %% 30 = 0,
    case when n %% 4 = 0 then jsonb_build_object('psirf.restraint', jsonb_build_object(
        'positions', jsonb_build_array((array['prone','seated','standing'])[1 + n %% 3]),
        'duration_minutes', n %% 30)) else '{}' end,
    now(), now(), 'no_review', 1
from generate_series(1, %(many)s) n, people
"""

REPORTED = "tenant_id = :tenant and reported_at >= :start and reported_at < :end"
HOUR = "extract(hour from occurred_at at time zone 'Europe/London')"
NUMBERS = """
with fired as materialized (
    select id, reported_at, unit_id, category, confidential,
        date_trunc('week', reported_at at time zone 'Europe/London')::date as week
    from {source} where {reported} and {condition})
select week, unit_id, category, confidential, count(*), null::uuid, null::timestamptz from fired
group by grouping sets ((week, confidential), (unit_id), (category))
union all
(select null, null, null, null, 0, id, reported_at from fired order by reported_at desc, id desc limit 20)
"""
NIGHT = f"category = 'restrictive_practice' and harm >= 2 and ({HOUR} >= 21 or {HOUR} < 7)"
REPEATED = """(select *, count(*) over (partition by person_id order by occurred_at
    range between interval '335:59:59.999999' preceding and current row) as recent
    from incident where tenant_id = :tenant and category = 'self_harm' and person_id is not null) counted"""
BUSY = """(select *, count(*) over (partition by unit_id order by occurred_at
    range between interval '335:59:59.999999' preceding and current row) as recent
    from incident where tenant_id = :tenant) counted"""


def rule(when: str, *let: LookBack | SinceLast) -> Rule:
    """Return a rule with a condition; nothing else of it matters here."""
    authority = Authority("A statement.", "A reference.")
    on = (Trigger.INCIDENT_REPORTED,)
    return Rule("bench.rule", 1, "t", "w", authority, on, when, (Escalate("governance_lead", 24),), let)


SELF_HARM = LookBack("recent", 14, ("person",), category="self_harm")
RULES: dict[str, tuple[Rule, str, str]] = {
    "one category at night": (
        rule(
            'incident.category == "restrictive_practice" && incident.harm >= 2 && '
            "(incident.hour >= 21 || incident.hour < 7)"
        ),
        "incident",
        NIGHT,
    ),
    "a plugin's answers": (
        rule('"prone" in restraint.positions && restraint.duration_minutes > 20'),
        "incident",
        "extra -> 'psirf.restraint' -> 'positions' ? 'prone'"
        " and (extra -> 'psirf.restraint' ->> 'duration_minutes')::bigint > 20",
    ),
    "repeated by one person in 14 days": (
        rule('incident.category == "self_harm" && recent >= 2', SELF_HARM),
        REPEATED,
        "recent >= 2",
    ),
    "every incident of a unit in 14 days": (
        rule("recent >= 400", LookBack("recent", 14, ("unit",))),
        BUSY,
        "recent >= 400",
    ),
}
MORE: dict[str, Rule] = {
    "different people on neighbouring units in 7 days, one category": rule(
        'incident.category == "violence" && people >= 5',
        LookBack("people", 7, ("subtree",), category="violence", of="people"),
    ),
    "days since the last at the same place": rule(
        "incident.harm >= 3 && quiet < 2", SinceLast("quiet", 30, ("location",), min_harm=3)
    ),
}


def run(staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    tenant = staged.scopes.find_tenant("calder")
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        units = [unit.id for unit in tree(scope).services()]
    url = staged.servers.superuser_url.replace("postgresql+psycopg://", "postgresql://")
    values = {"tenant": tenant.id, "units": units, "count": len(units), "many": MANY, "people": PEOPLE}
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(PERSONS, values)
        admin.execute(FILL, {**values, "categories": list(CATEGORIES)})
        admin.execute("vacuum analyze incident")
    end = datetime.now(UTC) + timedelta(days=1)
    start = end - timedelta(days=3700)
    rows = []
    for name, (asked, source, condition) in RULES.items():
        aim = "within 2x" if asked.let else "within 1.2x"
        bare, fired = _median(lambda: _by_hand(staged, tenant, start, end, source, condition))  # noqa: B023
        ours, found = _median(lambda: _ours(staged, tenant, start, end, asked))  # noqa: B023
        assert fired == found, (name, fired, found)
        rows += [
            (f"floor: {name}, by hand, 1,000,000 incidents, {found:,} found", f"{bare:.2f} s", ""),
            (f"back-test: {name}", f"{ours:.2f} s", "under 2 s"),
            (f"back-test over its floor: {name}", f"{ours / bare:.2f}x", aim),
        ]
    for name, asked in MORE.items():
        ours, found = _median(lambda: _ours(staged, tenant, start, end, asked))  # noqa: B023
        rows.append((f"back-test: {name}, {found:,} found", f"{ours:.2f} s", ""))
    return rows


def _by_hand(
    staged: Stage, tenant: TenantContext, start: datetime, end: datetime, source: str, condition: str
) -> int:
    numbers = text(NUMBERS.format(source=source, condition=condition, reported=REPORTED))
    total = text(f"select count(*) from incident where {REPORTED}")
    values = {"tenant": tenant.id, "start": start, "end": end}
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        scope.session.execute(text("set local work_mem = '64MB'"))
        scope.session.execute(total, values).scalar_one()
        rows = scope.session.execute(numbers, values).all()
    return sum(row[4] for row in rows if row[0] is not None)


def _ours(staged: Stage, tenant: TenantContext, start: datetime, end: datetime, asked: Rule) -> int:
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        return backtest(scope, asked, start, end).fired


def _median(work: Callable[[], Any]) -> tuple[float, Any]:
    times, answer = [], work()  # the first run warms up
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times), answer

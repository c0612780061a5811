"""Open the triage list of 50 among a million incidents, against its bare SQL."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from benchmarks.stage import Stage

from throughline.incidents import queries
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import TenantContext

MANY = 1_000_000
ROUNDS = 40

# A million rows over ten years, one in fifty not yet triaged, as a tenant that large would have.
FILL = """
insert into incident (tenant_id, id, reference, unit_id, occurred_at, occurred_time_known, reported_at,
    category, subcategory, what_happened, immediate_action, location, physical_harm, psychological_harm, harm,
    anonymous, confidential, extra, triage_due, triaged_at, triage_decision, version)
select %(tenant)s, gen_random_uuid(), 'CV-B-' || n, (%(units)s::uuid[])[1 + n %% %(count)s],
    now() - n * interval '5 minutes' - interval '2 hours', true, now() - n * interval '5 minutes', 'fall', '',
    'Unwitnessed fall beside the bed during the evening round.', '', '', 'low', 'none', 1, false, n %% 30 = 0,
    '{}', now() - n * interval '5 minutes' + interval '2 days',
    case when n %% 50 = 0 then null else now() - n * interval '5 minutes' + interval '1 day' end,
    case when n %% 50 = 0 then null else 'no_review' end, 1
from generate_series(1, %(many)s) n
"""
ROWS = """
select * from incident where tenant_id = %s and triaged_at is null
order by reported_at desc, id desc limit 51
"""
COUNT = """
select count(*) from (
    select id from incident where tenant_id = %s and triaged_at is null limit 10001) found
"""


def run(staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    tenant = staged.scopes.find_tenant("calder")
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        units = [unit.id for unit in tree(scope).services()]
    url = staged.servers.superuser_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(FILL, {"tenant": tenant.id, "units": units, "count": len(units), "many": MANY})
        admin.execute("vacuum analyze incident")
        bare = _median(lambda: [admin.execute(sql, (tenant.id,)).fetchall() for sql in (ROWS, COUNT)])
    ours = _median(lambda: _page(staged, tenant))
    return [
        ("floor: the page's two statements, bare, 1,000,000 incidents", f"{bare * 1000:.2f} ms", ""),
        ("triage list (query, count, permissions, row security)", f"{ours * 1000:.2f} ms", ""),
        ("triage list over its floor", f"{ours / bare:.1f}x", "within 3x"),
    ]


def _page(staged: Stage, tenant: TenantContext) -> None:
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        queries.listed(scope, queries.Filter(state="untriaged"))


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)

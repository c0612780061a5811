"""The nightly scan of ten, a hundred and a thousand tenants: one costs the same, however many there are.

Each has three wards, a year of daily counts and the rules of the plugin ``psirf``. What is measured is a
whole round of the ticker over every tenant: to find it, to see what is due, to scan it and to commit; the
fastest of some, which others on the machine disturbed least. The floor of a tenant is the same round when
nothing is due. The first tenant is made by the product, the others are copies.
"""

import time
from pathlib import Path

from benchmarks.stage import Stage
from sqlalchemy import Connection, create_engine, text

from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.rules.watching import WATCHES
from throughline.tenancy import check, service

SIZES = (10, 100, 1000)
ROUNDS = 4
SCANS = [watch for watch in WATCHES if watch.what == "nightly scan"]
PACK = """
name = "Bench"
kind = "mental_health"
provider_kind = "nhs_body"
timezone = "Europe/London"
nation = "ENG"
reference_prefix = "BN"

[units.a]
name = "Ward A"
kind = "ward"
service_type = "acute_adult"

[units.b]
name = "Ward B"
kind = "ward"
service_type = "acute_adult"

[units.c]
name = "Ward C"
kind = "ward"
service_type = "picu"

[plugins.psirf]
"""
OTHERS_REST = "update tenant set suspended_at = now() where slug <> 'bench'"
TENANTS = """
insert into tenant (id, slug, name, pack, pack_digest, created_at, rules_edition)
select gen_random_uuid(), 'bench-' || n, name || ' ' || n, pack, pack_digest, created_at, 0
from tenant, generate_series(cast(:first as int), cast(:last as int)) n where slug = 'bench'
"""
UNITS = """
insert into unit (tenant_id, id, key, name, kind, service_type, parent_id, beds, funding,
    provider_kind, aliases, position, closed_on)
select made.id, gen_random_uuid(), unit.key, unit.name, unit.kind, unit.service_type, null, unit.beds,
    unit.funding, unit.provider_kind, unit.aliases, unit.position, null
from tenant made, unit join tenant model on model.id = unit.tenant_id and model.slug = 'bench'
where made.slug like 'bench-%' and not exists (select from unit known where known.tenant_id = made.id)
"""
COUNTS = """
insert into daily_count (tenant_id, id, day, unit_id, category, harm, n)
select unit.tenant_id, gen_random_uuid(), current_date - day, unit.id, category, 1, 1 + day % 2
from unit join tenant on tenant.id = unit.tenant_id and tenant.slug like 'bench%',
    generate_series(1, 365, 3) day, unnest(array['self_harm', 'restrictive_practice']) category
where not exists (select from daily_count known where known.tenant_id = unit.tenant_id)
"""
# As on an evening on which nothing has been said yet.
AGAIN = "truncate scan_night, scan_episode, firing cascade"
Row = tuple[str, str, str]


def run(staged: Stage, folder: Path) -> list[Row]:
    """Scan ten tenants, a hundred and a thousand, and compare what one costs."""
    place = folder / "packs" / "bench"
    place.mkdir(parents=True)
    (place / "tenant.toml").write_text(PACK)
    service.apply(staged.scopes, check.read_folder(place.parent, {}), SYSTEM)
    admin = create_engine(staged.servers.superuser_url, isolation_level="AUTOCOMMIT")
    rows: list[Row] = []
    with admin.connect() as connection:
        connection.execute(text(OTHERS_REST))
        first = 0.0
        for size in SIZES:
            _grow(connection, size)
            busy, idle = _measured(staged, connection, size)
            first = first or busy
            rows += [
                (f"scan a tenant among {size:,} (3 wards)", f"{busy * 1000:.1f} ms", ""),
                (f"over a look at nothing due, among {size:,}", f"{busy / idle:.1f}x", ""),
            ]
            if size > SIZES[0]:
                what = f"a tenant among {size:,} over one among {SIZES[0]}"
                rows.append((what, f"{busy / first:.2f}x", "within 1.2x"))
    admin.dispose()
    return rows


def _grow(connection: Connection, size: int) -> None:
    """Make copies of the first tenant until there are so many, the first among them."""
    known = connection.execute(text("select count(*) from tenant where slug like 'bench%'")).scalar_one()
    connection.execute(text(TENANTS), {"first": known, "last": size - 1})
    for statement in (UNITS, COUNTS, "vacuum analyze"):
        connection.execute(text(statement))


def _measured(staged: Stage, connection: Connection, size: int) -> tuple[float, float]:
    """Return the seconds a tenant's scan takes in a round over all, and those when nothing is due."""
    busy, idle = [], []
    for _ in range(ROUNDS + 1):  # the first warms up
        connection.execute(text(AGAIN))
        busy.append(_round(staged, size))
        idle.append(_round(staged, 0))
    return min(busy[1:]) / size, min(idle[1:]) / size


def _round(staged: Stage, due: int) -> float:
    begun = time.perf_counter()
    done = watching.look(staged.scopes, SCANS)
    took = time.perf_counter() - begun
    assert done == due, (done, due)
    return took

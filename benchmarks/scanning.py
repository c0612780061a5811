"""The nightly scan of ten, a hundred and a thousand tenants: one costs the same, however many there are.

Each has three wards, a year of daily counts and the rules of the plugin ``psirf``. What is measured is a
whole round of the ticker over every tenant: to find it, to see what is due, to scan it and to commit. Rounds
over ten and over all take turns, so that both meet the machine in the same mood. The floor of a tenant is the
same round when nothing is due. The first tenant is made by the product, the others are copies.
"""

import statistics
import time
from pathlib import Path

from benchmarks.stage import Stage
from sqlalchemy import Connection, create_engine, text

from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.rules.watching import WATCHES
from throughline.tenancy import check, service

FEW = 10
SIZES = (FEW, 100, 1000)
ROUNDS = 3
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
# Rows are copied whole, whatever columns they have.
TENANTS = """
insert into tenant select (jsonb_populate_record(tenant, jsonb_build_object(
    'id', gen_random_uuid(), 'slug', 'bench-' || n, 'name', name || ' ' || n))).*
from tenant, generate_series(cast(:first as int), cast(:last as int)) n where slug = 'bench'
"""
UNITS = """
insert into unit select (jsonb_populate_record(unit, jsonb_build_object(
    'tenant_id', made.id, 'id', gen_random_uuid()))).*
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
# So many are looked at, as on an evening on which nothing has been said yet; the others are suspended.
AWAKE = """
update tenant set suspended_at = case when id in (
    select id from tenant where slug like 'bench%' order by created_at, slug limit :size
) then null else now() end
"""
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
        for size in SIZES:
            _grow(connection, size)
            few, all_of_them, idle = _measured(staged, connection, size)
            rows += [
                (f"scan a tenant among {size:,} (3 wards)", f"{all_of_them * 1000:.1f} ms", ""),
                (f"over a look at nothing due, among {size:,}", f"{all_of_them / idle:.1f}x", ""),
            ]
            if size > FEW:
                what = f"a tenant among {size:,} over one among {FEW}, by turns"
                rows.append((what, f"{all_of_them / few:.2f}x", "within 1.2x"))
    admin.dispose()
    return rows


def _grow(connection: Connection, size: int) -> None:
    """Make copies of the first tenant until there are so many, the first among them."""
    known = connection.execute(text("select count(*) from tenant where slug like 'bench%'")).scalar_one()
    connection.execute(text(TENANTS), {"first": known, "last": size - 1})
    for statement in (UNITS, COUNTS, "vacuum analyze"):
        connection.execute(text(statement))


def _measured(staged: Stage, connection: Connection, size: int) -> tuple[float, float, float]:
    """Return the seconds a tenant takes in a round over a few, over all, and over all with nothing due."""
    few, all_of_them, idle = [], [], []
    for _ in range(ROUNDS + 1):  # the first warms up
        few.append(_round(staged, connection, FEW))
        all_of_them.append(_round(staged, connection, size))
        idle.append(_look(staged, 0))
        few.append(_round(staged, connection, FEW))
    middle = statistics.median
    return middle(few[2:]) / FEW, middle(all_of_them[1:]) / size, middle(idle[1:]) / size


def _round(staged: Stage, connection: Connection, size: int) -> float:
    connection.execute(text(AGAIN))
    connection.execute(text(AWAKE), {"size": size})
    return _look(staged, size)


def _look(staged: Stage, due: int) -> float:
    begun = time.perf_counter()
    done = watching.look(staged.scopes, SCANS)
    took = time.perf_counter() - begun
    assert done == due, (done, due)
    return took

"""The nightly scan of a thousand tenants against a hundred: a tenant costs the same, however many there are.

Each has three wards, a year of daily counts and the rules of the plugin ``psirf``. The floor of a tenant is
what the ticker's look costs when nothing is due: a transaction and one indexed row for each watch.
"""

import time
from pathlib import Path

from benchmarks.stage import Stage
from sqlalchemy import create_engine, text

from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.rules.watching import WATCHES
from throughline.tenancy import check, service

FEW, MANY = 100, 1000
SCANS = [watch for watch in WATCHES if watch.what == "nightly scan"]
PACK = """
name = "Bench {number}"
kind = "mental_health"
provider_kind = "nhs_body"
timezone = "Europe/London"
nation = "ENG"
reference_prefix = "B{number}"

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
FILL = """
insert into daily_count (tenant_id, id, day, unit_id, category, harm, n)
select unit.tenant_id, gen_random_uuid(), current_date - day, unit.id, category, 1, 1 + day % 2
from unit, generate_series(1, 365, 3) day, unnest(array['self_harm', 'restrictive_practice']) category
where unit.kind = 'ward'
"""
Row = tuple[str, str, str]


def run(staged: Stage, folder: Path) -> list[Row]:
    """Scan tenants by the hundred and by the thousand, and compare what one costs."""
    few, idle = _measured(staged, folder / "few", range(FEW))
    many, _ = _measured(staged, folder / "many", range(FEW, FEW + MANY))
    return [
        (
            f"scan a tenant among {FEW} (3 wards)",
            f"{few * 1000:.1f} ms",
            f"{few / idle:.1f} x a look at nothing due",
        ),
        (f"scan a tenant among {MANY:,}", f"{many / few:.2f} x", f"aim: at most 1.2 x of one among {FEW}"),
    ]


def _measured(staged: Stage, folder: Path, numbers: range) -> tuple[float, float]:
    """Return the seconds a tenant's scan takes, and those of a look at which nothing is due."""
    for number in numbers:
        place = folder / f"bench-{number}"
        place.mkdir(parents=True)
        (place / "tenant.toml").write_text(PACK.format(number=number))
    service.apply(staged.scopes, check.read_folder(folder, {}), SYSTEM)
    admin = create_engine(staged.servers.superuser_url)
    with admin.begin() as connection:
        connection.execute(text("delete from daily_count"))
        connection.execute(text(FILL))
        connection.execute(text("analyze"))
    admin.dispose()
    tenants = [staged.scopes.find_tenant(f"bench-{number}") for number in numbers]
    seconds = []
    for _ in range(2):  # once due, and once not
        begun = time.perf_counter()
        done = sum(watching.look_at(staged.scopes, tenant, SCANS) for tenant in tenants)
        seconds.append((time.perf_counter() - begun) / len(tenants))
        assert done == (len(tenants) if len(seconds) == 1 else 0)
    return seconds[0], seconds[1]

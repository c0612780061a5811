"""Open the dashboards of a governance lead with ten thousand and with a million incidents in one tenant."""

import statistics
import time
from datetime import timedelta
from pathlib import Path

import psycopg
from benchmarks.listing import FILL
from benchmarks.stage import PASSWORD, Stage
from flask.testing import FlaskClient

from throughline.accounts import service as accounts
from throughline.app import create_app
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import TenantContext
from throughline.trends import counts, denominators

FEW, MANY, ROUNDS = 10_000, 1_000_000, 15
LEAD = "lead@bench.test"
PAGES = {"home": "/t/calder/", "trends": "/t/calder/trends", "overview": "/t/calder/trends/overview"}


def run(staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    tenant = staged.scopes.find_tenant("calder")
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        user = accounts.add_user(scope, LEAD, "Bench Lead", PASSWORD)
        accounts.give_role(scope, user, "governance_lead", None)
    few, many = _measured(staged, tenant, FEW), _measured(staged, tenant, MANY)
    rows: list[tuple[str, str, str]] = []
    for name in PAGES:
        rows += [
            (f"{name}: 10,000 incidents", f"{few[name]:.0f} ms", "under 100 ms"),
            (f"{name}: 1,000,000 incidents", f"{many[name]:.0f} ms", "under 100 ms"),
            (f"{name}: a million over ten thousand", f"{many[name] / few[name]:.2f}x", "within 1.5x"),
        ]
    return rows


def _measured(staged: Stage, tenant: TenantContext, incidents: int) -> dict[str, float]:
    """Return the median milliseconds of each page with so many incidents over the same ten years."""
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        units = [unit.id for unit in tree(scope).services()]
        days = [scope.today() - timedelta(days=n) for n in range(800)]
        denominators.record_days(scope, {(unit, day): 17 for unit in units for day in days})
    url = staged.servers.superuser_url.replace("postgresql+psycopg://", "postgresql://")
    apart = f"interval '{10 * 365 * 24 * 60 / incidents:.4f} minutes'"
    fill = FILL.replace("interval '5 minutes'", apart).replace("'CV-B-'", f"'CV-{incidents}-'")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("truncate incident, daily_count cascade")
        admin.execute(fill, {"tenant": tenant.id, "units": units, "count": len(units), "many": incidents})
        admin.execute("vacuum analyze incident")
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        counts.rebuild(scope)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("vacuum analyze daily_count")
    client = create_app(staged.settings, staged.scopes).test_client()
    _sign_in(client)
    return {name: _median(client, address) for name, address in PAGES.items()}


def _sign_in(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"email": LEAD, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def _median(client: FlaskClient, address: str) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            return float("nan")
    return statistics.median(times)

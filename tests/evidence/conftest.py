"""Evidence over a small history: a quarter with incidents on Oak Ward, and a worker that renders."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

import throughline.worker
from throughline.evidence import service
from throughline.evidence.periods import last_complete_quarter
from throughline.incidents import service as incidents
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree

STATEMENT = "I have read this report and its figures agree with our own records."


@pytest.fixture
def history(scopes, calder, clock):
    """Report twelve incidents in the quarter that is over, as they would have been."""
    now = clock.now()
    clock.move(datetime(2026, 9, 1, 12, tzinfo=UTC) - now)
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        oak = tree(scope).by_key("oak").id
        for number in range(12):
            incidents.report(
                scope,
                incidents.Report(
                    submission_key=uuid4(),
                    unit_id=oak,
                    occurred_at=scope.now() - timedelta(days=number + 1),
                    category="fall" if number % 3 else "medication",
                    what_happened="A canary narrative that belongs in no report.",
                    physical_harm="moderate" if number < 4 else "none",
                    psychological_harm="none",
                    person_reference="CANARY-PERSON",
                ),
            )
    clock.move(now - clock.now())


@pytest.fixture
def render(scopes):
    """Do the evidence jobs that wait in a tenant, as a worker does; return whether each was done."""
    assert throughline.worker.WORK

    def do(tenant):
        with scopes.tenant(tenant, SYSTEM) as scope:
            waiting = select(Job.id).where(Job.state == "queued", Job.name.startswith("evidence"))
            ids = scope.session.scalars(waiting.order_by(Job.created_at)).all()
        return [runner.attempt(scopes, tenant, job_id) for job_id in ids]

    return do


@pytest.fixture
def ask(scopes):
    """Ask for the last complete quarter of a tenant; return the run's id."""

    def do(tenant):
        with scopes.tenant(tenant, SYSTEM, "test") as scope:
            period = last_complete_quarter(scope.today())
            return service.ask(scope, "icb_quality.quarterly", "west-moors", period).id

    return do

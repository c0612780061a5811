"""A worker that dies or freezes in mid-render: one document, one publication, whatever happens."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.audit.models import AuditEvent
from throughline.evidence import service
from throughline.evidence.models import Artefact, EvidenceRun, Publication
from throughline.evidence.periods import last_complete_quarter
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree

KILL, STOP, THAW = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT


class Evidence:
    """One run of the quarter before, and what has been made of it."""

    def __init__(self, scopes, tenant, settings):
        self._scopes = scopes
        self._tenant = tenant
        self._files = Path(settings.storage_url.removeprefix("file://"))
        self._before = self._stored()

    def ask(self, _number=0):
        """Ask for the report, as somebody who presses the button does."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            period = last_complete_quarter(scope.today())
            return service.ask(scope, "icb_quality.quarterly", "west-moors", period).id

    def sign_off(self, run_id):
        """Sign the draft off as the governance lead."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            user = scope.session.scalars(select(User).where(User.email == "lead@calder.test")).one()
            person = Person(user.id, user.name, user.email, user.job_title)
            scope.actor = actor_for(scope, person, tree(scope))
            service.sign_off(scope, run_id, "I have read this report and its figures are ours.")

    def jobs(self, state="done"):
        """Return the rendering jobs in a state."""
        with self._scopes.tenant(self._tenant, SYSTEM) as scope:
            return scope.session.scalars(
                select(Job).where(Job.name == "evidence.render", Job.state == state)
            ).all()

    def runs(self):
        """Return every run."""
        with self._scopes.tenant(self._tenant, SYSTEM) as scope:
            return scope.session.scalars(select(EvidenceRun)).all()

    def stages(self):
        """Return the stages of which there is an artefact, once for each artefact."""
        with self._scopes.tenant(self._tenant, SYSTEM) as scope:
            return Counter(scope.session.scalars(select(Artefact.stage)))

    def publications(self):
        """Return what the commissioner can read."""
        commissioner = self._scopes.find_commissioner("west-moors")
        with self._scopes.commissioner(commissioner, SYSTEM) as scope:
            return scope.session.scalars(select(Publication)).all()

    def published(self, run_id):
        """Return how often the trail says the run was published."""
        with self._scopes.tenant(self._tenant, SYSTEM) as scope:
            told = select(AuditEvent).where(
                AuditEvent.subject_id == run_id, AuditEvent.action == "evidence.published"
            )
            return len(scope.session.scalars(told).all())

    def new_files(self):
        """Return the files stored since the test began, by folder of the tenant or commissioner."""
        return Counter(path.parts[0] for path in self._stored() - self._before)

    def _stored(self):
        return {path.relative_to(self._files) for path in self._files.rglob("*") if path.is_file()}


@pytest.fixture
def evidence(scopes, calder, settings):
    """Evidence of calder for its commissioner."""
    return Evidence(scopes, calder, settings)


@pytest.mark.parametrize("which", ["horse", "parent", "both", "renderer"])
def test_a_worker_that_dies_in_mid_render_costs_a_delay(crew, until, evidence, which):
    victim = crew.worker()
    evidence.ask()
    crew.ticker()
    until(lambda: evidence.jobs("running"), "the job is taken")
    (renderer,) = until(lambda: crew.renderers(victim), "a document is being rendered")
    (horse,) = crew.horses(victim)
    doomed = {"horse": [horse], "parent": [victim.pid], "both": [victim.pid, horse], "renderer": [renderer]}
    for pid in doomed[which]:
        os.kill(pid, KILL)
    if which != "renderer":
        crew.worker()

    until(lambda: evidence.jobs("done"), "the document is made")
    assert evidence.stages() == {"draft": 1}
    assert evidence.new_files() == {"tenants": 1}
    (run,) = evidence.runs()
    assert run.failure == ""


def test_a_worker_that_freezes_in_mid_render_publishes_nothing_when_it_thaws(crew, until, evidence):
    crew.ticker()
    first = crew.worker()
    run_id = evidence.ask()
    until(lambda: evidence.jobs("done"), "the draft is made")
    evidence.sign_off(run_id)
    until(lambda: crew.renderers(first), "the final document is being rendered")
    crew.signal_all(first, STOP)
    crew.worker()

    until(lambda: len(evidence.jobs("done")) == 2, "the other worker makes and publishes it")
    crew.signal_all(first, THAW)
    until(lambda: "job_fenced" in crew.log_of(first), "the thawed worker finds itself fenced")
    assert evidence.stages() == {"draft": 1, "final": 1}
    assert len(evidence.publications()) == evidence.published(run_id) == 1
    assert evidence.new_files() == {"tenants": 2, "commissioners": 1}


def test_ten_clicks_at_once_make_one_document(crew, until, evidence):
    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(evidence.ask, range(10)))) == 1
    crew.ticker()
    crew.worker()
    crew.worker()

    until(lambda: evidence.jobs("done"), "the document is made")
    assert len(evidence.jobs("done")) == 1
    assert evidence.stages() == {"draft": 1}

"""Load the demo: its people, two years of the story, one fresh report, and the evidence to be made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import exists, select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.demo.loading import alarms, duties, fresh, register, roster, staff, work, workbench
from throughline.demo.loading.desk import Desk
from throughline.demo.personas import PERSONAS
from throughline.demo.story import tell
from throughline.demo.story.places import TENANTS
from throughline.demo.story.records import Story
from throughline.evidence import service as evidence
from throughline.evidence.models import EvidenceRun
from throughline.evidence.periods import Period
from throughline.evidence.queries import artefacts
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope, Scopes

_ORIGIN = "demo"
_STATEMENT = (
    "I have read this report and compared its figures with our register. The medical and nursing leads have"
    " agreed its wording. What is still missing from the line is named in it."
)


@dataclass(frozen=True)
class Loaded:
    """How many incidents were put into a tenant: none when there were some already."""

    tenant: str
    incidents: int


def load(scopes: Scopes) -> list[Loaded]:
    """Fill every tenant of the demo that has no incidents yet. Again, it changes nothing.

    Raises:
        NotFound: a tenant, unit or commissioner of the story is not there: apply the packs first.
    """
    return [_load(scopes, slug) for slug in TENANTS]


def finish(scopes: Scopes) -> bool:
    """Sign the earliest quarter off once its draft is there; say whether all evidence is as it should be.

    Only a worker can make a document, so this is called again until everything has been made.
    """
    done = [_finish(scopes, slug) for slug in TENANTS]  # every one, also after one that waits
    return all(done)


def _load(scopes: Scopes, slug: str) -> Loaded:
    with scopes.tenant(scopes.find_tenant(slug), SYSTEM, _ORIGIN) as scope:
        if scope.session.scalar(select(exists(select(Incident.id)))):
            return Loaded(slug, 0)
        story = tell(scope.today())
        _fill(scope, story)
    staff.commissioners(scopes)
    with _acting(scopes, slug, "governance_lead") as scope:
        roster.wish(scope)
        roster.write(scope)
        duties.write(scope)
    with _acting(scopes, slug, "reporter") as scope:
        fresh.send(scope)
    if any((one.tenant, one.membership) == (slug, "consultant") for one in PERSONAS):
        with _acting(scopes, slug, "consultant") as scope:
            workbench.write(scope)
    _ask(scopes, story, slug)
    return Loaded(slug, sum(one.tenant == slug for one in story.incidents))


def _fill(scope: Scope, story: Story) -> None:
    units = tree(scope)
    desk = Desk(scope, story, units, staff.of_tenant(scope, story, units))
    register.write(desk, alarms.suggested(desk))
    alarms.write(desk)
    work.write(desk)
    desk.write_trail()


@contextmanager
def _acting(scopes: Scopes, slug: str, membership: str) -> Iterator[Scope]:
    """Open a scope as the persona who holds a role in a tenant."""
    email = next(one.email for one in PERSONAS if (one.tenant, one.membership) == (slug, membership))
    found = scopes.find_tenant(slug)
    with scopes.tenant(found, SYSTEM, _ORIGIN) as scope:
        user = scope.session.scalars(select(User).where(User.email == email)).one()
        actor = actor_for(scope, Person(user.id, user.name, user.email, user.job_title), tree(scope))
    with scopes.tenant(found, actor, _ORIGIN) as scope:
        yield scope


def _ask(scopes: Scopes, story: Story, slug: str) -> None:
    with _acting(scopes, slug, "governance_lead") as scope:
        for one in story.periods:
            if one.tenant == slug:
                evidence.ask(scope, one.format, one.commissioner, Period(one.start, one.end))


def _finish(scopes: Scopes, slug: str) -> bool:
    with _acting(scopes, slug, "governance_lead") as scope:
        runs = scope.session.scalars(select(EvidenceRun).order_by(EvidenceRun.period_start)).all()
        made = artefacts(scope, [run.id for run in runs])
        if not runs or (runs[0].id, "draft") not in made:
            return False
        if runs[0].signed_off_at is None:
            evidence.sign_off(scope, runs[0].id, _STATEMENT)
        return runs[0].published_at is not None and all((run.id, "draft") in made for run in runs)

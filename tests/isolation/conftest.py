"""Two tenants with mirror-image records, every text of the other's marked, in three modes of defence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select, text
from tests.conftest import PEOPLE

from throughline.accounts.models import User
from throughline.actions import service as actions
from throughline.actions.schemas import Plan
from throughline.app import create_app
from throughline.clocks import service as clocks
from throughline.evidence import service as evidence
from throughline.evidence.periods import last_complete_quarter
from throughline.features import make_scopes
from throughline.incidents import flags
from throughline.incidents import service as incidents
from throughline.kernel import database
from throughline.kernel.actor import SYSTEM, Actor
from throughline.kernel.database import OwnedSession
from throughline.learning import asking, attending, sharing
from throughline.learning import service as learning
from throughline.learning.models import Share
from throughline.notifications import preferences
from throughline.notifications.models import Digest, Notification
from throughline.obligations import queries as obligations
from throughline.obligations import service as obligation_service
from throughline.on_call import service as on_call
from throughline.reviews import service as reviews
from throughline.rules import service as rules
from throughline.rules.engine import Finding
from throughline.rules.links import token_for
from throughline.rules.models import Escalation, OverdueNotice, ScanEpisode, ScanNight
from throughline.rules.subjects import of_unit
from throughline.rules.workbench import reading, runs
from throughline.rules.workbench import service as workbench
from throughline.rules.workbench.models import ShadowFiring
from throughline.sdk import Escalate, Trigger
from throughline.tenancy.queries import tree
from throughline.trends import steering
from throughline.trends.steering import Which

MODES = ("both", "database", "application")
BYPASS = "throughline_bypass"
CANARY = "canarywordofthe"


@dataclass(frozen=True)
class Marked:
    """The ids of one tenant's records, by the names the addresses use, and the word in all its texts."""

    slug: str
    canary: str
    values: dict[str, str]


@contextmanager
def application_filter_off() -> Iterator[None]:
    """Leave the database alone to confine: the session names no tenant in its queries."""
    listener = database._name_the_owner_in_the_query
    event.remove(OwnedSession, "do_orm_execute", listener)
    try:
        yield
    finally:
        event.listen(OwnedSession, "do_orm_execute", listener)


@pytest.fixture(params=MODES)
def mode(request) -> str:
    return request.param


@pytest.fixture
def guarded(mode, world, settings, doorbell, clock):
    """Return scopes over the servers with both walls up, or only one."""
    url = settings.database_url
    if mode == "application":
        with world.admin.begin() as connection:
            if not connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": BYPASS}):
                connection.execute(
                    text(f"create role {BYPASS} login bypassrls password 'bypass' in role throughline_app")
                )
        url = f"postgresql+psycopg://{BYPASS}:bypass@{url.split('@')[1]}"
    scopes = make_scopes(replace(settings, database_url=url), doorbell, clock)
    if mode == "database":
        with application_filter_off():
            yield scopes
    else:
        yield scopes
    scopes.engine.dispose()


@pytest.fixture
def guarded_app(guarded, settings):
    return create_app(settings, guarded)


def fill(scopes, slug) -> Marked:  # noqa: PLR0915 - one of everything
    """Take one incident along the whole line in a tenant, with the tenant's word in every text."""
    canary = f"{CANARY}{slug}"
    tenant = scopes.find_tenant(slug)
    lead = next(email for email, (_, role, _u) in PEOPLE[slug].items() if role == "governance_lead")
    with scopes.tenant(tenant, SYSTEM, "test") as scope:
        user = scope.session.scalars(select(User).where(User.email == lead)).one()
        scope.actor = Actor(user.id, user.name, unlimited=True)
        unit = tree(scope).services()[0]
        chart = Which(unit.id, "self_harm", "month")
        steering.rebase(scope, chart, scope.today(), canary, 0)
        incident = incidents.report(
            scope,
            incidents.Report(
                submission_key=uuid4(),
                unit_id=unit.id,
                occurred_at=scope.now() - timedelta(hours=2),
                category="self_harm",
                what_happened=canary,
                immediate_action=canary,
                location=canary,
                physical_harm="severe",
                psychological_harm="none",
                person_reference=canary,
            ),
        ).incident
        scope.session.flush()
        due = scope.today() + timedelta(days=20)
        incidents.triage(scope, incident.id, incident.version, "review", canary, "mdt", due)
        opening = reviews.Opening(canary, "mdt", "seips.work_system", user.id, due, (incident.id,), uuid4())
        review = reviews.open_review(scope, opening)
        for stage in scope.catalogue.frameworks["seips.work_system"].stages:
            reviews.write_stage(scope, review.id, stage.key, canary, reviews.stage_version(review, stage.key))
        factor = reviews.add_factor(scope, review.id, "communication", "barrier", canary)
        reviews.complete(scope, review.id)
        lesson = learning.write(scope, learning.Words(canary, canary, canary, canary), [review.id])
        sharing.share(scope, lesson.id, [unit.id])
        code = scope.session.scalars(select(Share.code).where(Share.learning_id == lesson.id)).one()
        attending.sign(scope, code, canary, "nurse", "read", uuid4())
        action = actions.plan(
            scope,
            Plan(
                title=canary,
                description=canary,
                kind="information",
                strength="weaker",
                unit_id=unit.id,
                owner_id=user.id,
                due_on=due,
                key=uuid4(),
            ),
            [lesson.id],
        )
        run = evidence.ask(scope, "icb_quality.quarterly", "west-moors", last_complete_quarter(scope.today()))
        escalation = scope.session.scalars(select(Escalation.id)).first()
        notification = scope.session.scalars(select(Notification.id)).first()
        clock = clocks.start(scope, incident, clocks.Counting("canary", canary, hours=72))
        clocks.pause(scope, clock.id, clock.version, canary)
        flag_id = flags.put_on(scope, incident.id, "canary", canary, "canary.rule", 1)
        notice = {"subject_type": "review", "subject_id": review.id, "due_on": due}
        scope.session.add(OverdueNotice(**notice, noticed_at=scope.now()))
        preferences.choose(scope, preferences.Wish(time(8)))
        digest = {"user_id": user.id, "due_on": scope.today(), "subject": canary, "body": canary}
        asked = asking.Wanted(canary, (), 5, canary)
        asking.ask(scope, incident, asked, "canary.rule", 1)
        scope.session.add(Digest(**digest, notices=1, created_at=scope.now()))
        about = of_unit(scope, unit.id)
        seen = Finding("canary.unit", 1, canary, canary, canary, (Escalate("unit_manager", 24),), "canary")
        (of_the_unit,) = rules.say(scope, about, Trigger.INCIDENT_REPORTED, [seen])
        night = {"night": scope.today(), "at": scope.now(), "units": 1, "spoke": 1}
        scope.session.add(ScanNight(**night, unanswered={canary: 1}))
        kept = {"rule_key": canary, "rule_version": 1, "shadow": False, "since": scope.today()}
        scope.session.add(ScanEpisode(unit_id=unit.id, **kept))
        draft = workbench.begin(scope, uuid4(), f"title: {canary}\n", canary)
        sound = reading.TEMPLATE.replace("title: ", f"title: {canary} ")
        shadow = workbench.shadow(scope, workbench.begin(scope, uuid4(), sound, canary).id)
        would_have = {"incident_id": incident.id, "rule_key": shadow.rule_key, "rule_version": 1}
        scope.session.add(
            ShadowFiring(**would_have, trigger="", digest="", explanation=canary, effects=[], at=scope.now())
        )
        workbench.put_aside(scope, "psirf.death", canary)
        turn = (unit.id, user.id, scope.now(), scope.now() + timedelta(days=1))
        duty = on_call.add(scope, on_call.Turn(*turn))
        obligation_id, step_id = _obligation(scope, incident, canary)
        backtest = runs.ask(scope, shadow.id, "1")
        backtest.live_text = canary
        values = {
            "backtest_id": backtest.id,
            "duty_id": duty.id,
            "obligation_id": obligation_id,
            "step_id": step_id,
            "version_id": shadow.id,
            "draft_id": draft.id,
            "clock_id": clock.id,
            "flag_id": flag_id,
            "token": token_for(scope, escalation, user.id),
            "incident_id": incident.id,
            "reference": incident.reference,
            "review_id": review.id,
            "record_id": review.id,
            "factor_id": factor.id,
            "learning_id": lesson.id,
            "action_id": action.id,
            "run_id": run.id,
            "escalation_id": escalation,
            "firing_id": of_the_unit.id,
            "notification_id": notification,
            "unit_id": unit.id,
            "unit_key": unit.key,
            "key": incident.submission_key,
        }
    return Marked(slug, canary, {name: str(value) for name, value in values.items()})


def _obligation(scope, incident, canary) -> tuple[UUID, UUID]:
    """Decide one of the incident's obligations and write a letter of it; where no plugin opens any, nobody's."""
    of_incident = obligations.of_incident(scope, incident.id)
    opened = next((one for one in of_incident if any(step.step.letter for step in one.steps)), None)
    if opened is None:
        return uuid4(), uuid4()
    answers = {ask.key: ask.answers[0].key for ask in opened.duty.asks}
    row = obligation_service.decide(scope, opened.row.id, opened.row.version, answers, canary)
    letter = next(step for step in opened.steps if step.step.letter)
    obligation_service.write_letter(scope, letter.row.id, row.version, canary)
    return opened.row.id, letter.row.id


def stranger(marked: Marked) -> dict[str, str]:
    """Return values of the same shapes that belong to nobody."""
    return {name: str(uuid4()) if _is_id(value) else "HB-2026-99999" for name, value in marked.values.items()}


def _is_id(text_value: str) -> bool:
    try:
        UUID(text_value)
    except ValueError:
        return False
    return True


@pytest.fixture
def other(scopes) -> Marked:
    return fill(scopes, "hollins")


@pytest.fixture
def own(scopes) -> Marked:
    return fill(scopes, "calder")

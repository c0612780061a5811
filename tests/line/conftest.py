"""An incident along the whole line, every title of which is a word of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import service as actions
from throughline.actions.schemas import Plan
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM, Actor
from throughline.learning import service as learning
from throughline.learning import sharing
from throughline.reviews import service as reviews
from throughline.tenancy.queries import tree


@dataclass(frozen=True)
class Told:
    """Where an incident is read, and the ids of what followed from it."""

    reference: str
    incident_id: str
    review_id: str


@pytest.fixture
def travelled(scopes, calder) -> Callable[..., Told]:
    """Return a function that takes a nurse's report along the line as far as it is told."""

    def travel(upto: str = "acted", *, reporter: str = "nurse@calder.test", **changes: Any) -> Told:
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            users = {user.email: user for user in scope.session.scalars(select(User))}
            units, lead, due = tree(scope), users["lead@calder.test"], scope.today() + timedelta(days=20)
            scope.actor = Actor(users[reporter].id, users[reporter].name, unlimited=True)
            facts: dict[str, Any] = {
                "submission_key": uuid4(),
                "unit_id": units.by_key("oak").id,
                "occurred_at": scope.now() - timedelta(hours=2),
                "category": "self_harm",
                "what_happened": "The story as it was told.",
                "physical_harm": "low",
                "psychological_harm": "none",
            }
            incident = incidents.report(scope, incidents.Report(**(facts | changes))).incident
            scope.session.flush()
            scope.actor = Actor(lead.id, lead.name, unlimited=True)
            if upto != "reported":
                incidents.triage(scope, incident.id, incident.version, "review", "", "mdt", due)
            if upto in ("reported", "triaged"):
                return Told(incident.reference, str(incident.id), "")
            opening = ("Reviewword", "mdt", "seips.work_system", lead.id, due, (incident.id,), uuid4())
            review = reviews.open_review(scope, reviews.Opening(*opening))
            reviews.add_factor(scope, review.id, "communication", "barrier", "Factorword.")
            if upto == "reviewed":
                return Told(incident.reference, str(incident.id), str(review.id))
            framework = scope.catalogue.frameworks["seips.work_system"]
            for stage in framework.stages:
                version = reviews.stage_version(review, stage.key)
                reviews.write_stage(scope, review.id, stage.key, "Stageword.", version)
            reviews.complete(scope, review.id)
            words = learning.Words("Learningword", "Found.", "Changed.", "Why.")
            lesson = learning.write(scope, words, [review.id])
            if upto != "learned":
                sharing.share(scope, lesson.id, [units.by_key("oak").id])
                for title, unit, owner, days in (
                    ("Actionword", "oak", "manager@calder.test", 1),
                    ("Elsewhereword", "beech", "beech@calder.test", 0),
                ):
                    where = (units.by_key(unit).id, users[owner].id, due + timedelta(days=days), uuid4())
                    plan = Plan(title, "", "information", "weaker", *where)
                    actions.plan(scope, plan, [lesson.id])
            return Told(incident.reference, str(incident.id), str(review.id))

    return travel

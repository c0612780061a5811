"""A rule from draft to live and back: who may, what it does at once, and what stays."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.workbench.texts import TEXT

from throughline.audit.models import AuditEvent
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules.active import active
from throughline.rules.models import Firing
from throughline.rules.workbench import proof, reading, service
from throughline.rules.workbench.models import RuleVersion, ShadowFiring


@pytest.fixture
def draft(inside):
    """Return a function that keeps a draft and gives its id."""

    def keep(text=TEXT, **who):
        with inside(**who) as scope:
            return service.begin(scope, uuid4(), text).id

    return keep


def rows(inside, kind, **who):
    with inside(**who) as scope:
        return scope.session.scalars(select(kind).order_by(kind.id)).all()


def spoke(inside, slug="calder", email="lead@calder.test"):
    return [
        one.rule_version
        for one in rows(inside, Firing, slug=slug, email=email)
        if one.rule_key == "local.any_fall"
    ]


def test_a_draft_does_nothing_a_shadow_records_and_only_a_live_rule_speaks(inside, draft, fell):
    found = draft()
    fell()
    assert (spoke(inside), rows(inside, ShadowFiring)) == ([], [])
    with inside() as scope:
        service.shadow(scope, found)
    fell()
    assert spoke(inside) == []
    assert [(one.rule_key, one.rule_version) for one in rows(inside, ShadowFiring)] == [("local.any_fall", 1)]
    with inside() as scope:
        service.put_live(scope, found)
    fell()
    assert (spoke(inside), len(rows(inside, ShadowFiring))) == ([1], 1)
    with inside() as scope:
        service.retire(scope, found, "It asked too often.")
    fell()
    assert spoke(inside) == [1]


def test_a_new_version_takes_the_place_of_the_live_one_and_an_old_one_comes_back(inside, draft, fell):
    for number, words in ((1, "Any fall"), (2, "Every fall")):
        found = draft(TEXT.replace("Any fall", words))
        with inside() as scope:
            assert service.put_live(scope, found).number == number
    fell()
    assert spoke(inside) == [2]
    first = next(one for one in rows(inside, RuleVersion) if one.number == 1)
    assert (first.status, first.retired_at is not None) == ("retired", True)
    with inside() as scope:
        again = service.bring_back(scope, first.id, uuid4())
        assert (again.status, again.text, again.number) == ("draft", first.text, None)
        service.put_live(scope, again.id)
    fell()
    assert spoke(inside) == [2, 3]


def test_each_step_is_in_the_trail(inside, draft):
    found = draft()
    with inside() as scope:
        service.shadow(scope, found)
        service.put_live(scope, found)
        service.retire(scope, found, "Enough.")
    with inside(email="lead@calder.test") as scope:
        actions = scope.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == found)).all()
    assert set(actions) == {"rule.drafted", "rule.shadowed", "rule.put-live", "rule.retired"}


def test_what_one_tenant_writes_never_speaks_in_another(inside, draft, fell):
    found = draft()
    with inside() as scope:
        service.put_live(scope, found)
    fell("hollins", "support@hollins.test")
    assert spoke(inside, "hollins", "lead@hollins.test") == []
    with inside("hollins", "lead@hollins.test") as scope:
        assert "local.any_fall" not in [one.rule.key for one in active(scope).live.rules]
        assert scope.session.scalars(select(RuleVersion)).all() == []


def test_two_people_where_the_tenant_asks_for_it(inside, draft):
    found = draft()
    with inside() as scope:
        scope.tenant = replace(scope.tenant, pack=replace(scope.tenant.pack, two_person_rules=True))
        with pytest.raises(Forbidden):
            service.put_live(scope, found)
        assert service.shadow(scope, found).status == "shadow"
        service.ask_approval(scope, found)
    with inside(email="admin@calder.test") as scope:
        scope.tenant = replace(scope.tenant, pack=replace(scope.tenant.pack, two_person_rules=True))
        live = service.put_live(scope, found)
        assert (live.status, live.approved_by) == ("live", scope.actor.id)


def test_a_text_that_cannot_be_used_is_kept_and_refused_with_its_lines(inside, draft):
    found = draft(TEXT.replace("incident.category", "incident.catgory"))
    with inside() as scope:
        assert service.find(scope, found).status == "draft"
        for act in (service.shadow, service.put_live, service.ask_approval):
            with pytest.raises(Invalid) as wrong:
                act(scope, found)
            assert "Line 6" in wrong.value.errors["text"][0]


def test_a_key_of_a_plugin_is_not_taken(inside, draft):
    found = draft(TEXT)
    with inside() as scope:
        brought = {**reading.brought(scope), "local.any_fall": next(iter(reading.brought(scope).values()))}
        with pytest.MonkeyPatch.context() as patched, pytest.raises(Invalid, match="belongs to a rule"):
            patched.setattr(reading, "brought", lambda _scope: brought)
            service.put_live(scope, found)


def test_two_authors_cannot_overwrite_each_other_unseen(inside, draft):
    found = draft()
    with inside() as scope:
        service.save(scope, found, 1, TEXT + "# mine\n", "")
    with inside(email="admin@calder.test") as scope, pytest.raises(Conflict):
        service.save(scope, found, 1, TEXT + "# theirs\n", "")
    (kept,) = rows(inside, RuleVersion)
    assert (kept.text.endswith("# mine\n"), kept.edition) == (True, 2)


def test_what_was_in_use_is_never_edited_or_thrown_away(inside, draft):
    found = draft()
    with inside() as scope:
        service.shadow(scope, found)
        for act in (
            lambda: service.save(scope, found, 1, "key: x", ""),
            lambda: service.throw_away(scope, found),
            lambda: service.shadow(scope, found),
        ):
            with pytest.raises(Conflict):
                act()


def test_a_plugin_rule_put_aside_is_silent_here_and_speaks_elsewhere(inside, fell):
    with inside() as scope:
        service.put_aside(scope, "psirf.death", "Our board reads these another way.")
    for slug, email, lead in (
        ("calder", "nurse@calder.test", "lead@calder.test"),
        ("hollins", "support@hollins.test", "lead@hollins.test"),
    ):
        fell(slug, email, "death")
        keys = {one.rule_key for one in rows(inside, Firing, slug=slug, email=lead)}
        assert ("psirf.death" in keys) == (slug == "hollins")
    with inside() as scope:
        with pytest.raises(Conflict):
            service.put_aside(scope, "psirf.death", "Again.")
        with pytest.raises(Invalid):
            service.put_aside(scope, "psirf.severe_harm", " ")
        with pytest.raises(NotFound):
            service.put_aside(scope, "psirf.nothing", "No.")
        service.take_back(scope, "psirf.death")
    fell(category="death")
    assert "psirf.death" in {one.rule_key for one in rows(inside, Firing, email="lead@calder.test")}


def test_nobody_else_may(inside, draft):
    found = draft()
    for email in ("lead@calder.test", "nurse@calder.test", "manager@calder.test"):
        with inside(email=email) as scope:
            for act in (
                lambda scope=scope: service.begin(scope, uuid4(), TEXT),
                lambda scope=scope: service.put_live(scope, found),
                lambda scope=scope: service.put_aside(scope, "psirf.death", "x"),
                lambda scope=scope: service.find(scope, found),
            ):
                with pytest.raises(Forbidden):
                    act()


def test_a_rule_tried_on_an_incident_tells_each_step(inside, draft, fell):
    incident = fell()
    with inside(email="lead@calder.test") as scope:
        reference = scope.session.get_one(incidents.Incident, (scope.tenant.id, incident)).reference
    with inside() as scope:
        text = TEXT.replace(
            'incident.category == "fall"', 'incident.category == "fall" && incident.harm >= 3'
        )
        tried = proof.attempt(scope, text, reference)
        assert (tried.fires, tried.explanation) == (False, "")
        assert [(step.joined, step.holds) for step in tried.steps] == [
            ("all of", False),
            ("", True),
            ("", False),
        ]
        assert tried.steps[2].read == (("incident.harm", 0),)
        spoke_of = proof.attempt(scope, TEXT, reference)
        assert spoke_of.fires
        assert "fall" in spoke_of.explanation
        with pytest.raises(Invalid) as wrong:
            proof.attempt(scope, TEXT, "CV-2026-99999")
        assert "reference" in wrong.value.errors


def test_a_consultant_tries_no_rule_on_what_was_said_in_confidence(inside, fell, scopes):
    incident = fell()
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        row = scope.session.get_one(incidents.Incident, (scope.tenant.id, incident))
        row.confidential, reference = True, row.reference
    with inside() as scope, pytest.raises(Invalid):
        proof.attempt(scope, TEXT, reference)


def test_a_version_is_told_against_the_live_one_over_the_past(inside, draft, fell):
    for _ in range(3):
        fell()
    fell(category="medication")
    live, wider = draft(), draft(TEXT.replace('incident.category == "fall"', "incident.harm >= 0"))
    with inside() as scope:
        service.put_live(scope, live)
    with inside() as scope:
        tested = proof.history(scope, service.find(scope, wider), "1")
        assert (tested.mine.fired, tested.mine.looked_at) == (4, 4)
        assert tested.live is not None
        assert tested.live.fired == 3

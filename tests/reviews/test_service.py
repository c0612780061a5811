"""A review is opened over incidents, written stage by stage, and signed off when nothing is missing."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy import select

from throughline.accounts.people import colleagues
from throughline.audit.models import AuditEvent
from throughline.catalogue import Catalogue, catalogue_for
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.reviews import frameworks, queries, service
from throughline.reviews.events import ReviewCompleted, ReviewOpened
from throughline.reviews.models import Review, ReviewIncident
from throughline.reviews.wording import about_a_person

FRAMEWORK = "seips.work_system"


def opening(scope, *incidents, **changes):
    facts = {
        "title": "Self-harm in the evening on Oak",
        "kind": "mdt",
        "framework_key": FRAMEWORK,
        "lead_id": colleagues(scope, service.LEADING)[0].id,
        "due_on": scope.today() + timedelta(days=28),
        "incident_ids": tuple(incident.id for incident in incidents),
    }
    return service.Opening(**{**facts, **changes})


@pytest.fixture
def heard(scope):
    """The events that were told in this test, in order."""
    told = []
    for kind in (ReviewOpened, ReviewCompleted):
        scope.bus.subscribe(kind, lambda _scope, event: told.append(event))
    return told


@pytest.fixture
def review(scope, incident_on):
    return service.open_review(scope, opening(scope, incident_on(scope)))


def fill(scope, review, leave_out=()):
    for stage in frameworks.in_use(scope, review).stages:
        if stage.key not in leave_out:
            service.write_stage(scope, review.id, stage.key, f"About {stage.title}", 0)


def trail(scope, subject_id):
    query = select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.id)
    return scope.session.scalars(query).all()


def test_it_opens_over_one_incident_and_keeps_the_framework_version(scope, incident_on, heard):
    incident = incident_on(scope)
    review = service.open_review(scope, opening(scope, incident))
    assert (review.framework_key, review.framework_version) == (FRAMEWORK, 1)
    assert review.opened_by is None  # the system opened it
    assert queries.incident_ids(scope, review.id) == (incident.id,)
    assert heard == [ReviewOpened(review.id, (incident.id,))]
    assert [event.action for event in trail(scope, incident.id)] == ["review.opened"]


def test_it_opens_over_forty_incidents(scope, incident_on):
    covered = [incident_on(scope, unit) for unit in ("oak", "hazel") for _ in range(20)]
    review = service.open_review(scope, opening(scope, *covered, kind="thematic"))
    assert queries.covered(scope, [review.id]) == {review.id: 40}


def test_an_incident_named_twice_is_covered_once(scope, incident_on):
    incident = incident_on(scope)
    review = service.open_review(scope, opening(scope, incident, incident))
    assert queries.covered(scope, [review.id]) == {review.id: 1}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "witch_hunt"}, "kind"),
        ({"framework_key": "seips.nothing"}, "framework"),
        ({"lead_id": None}, "lead"),
        ({"lead_id": UUID(int=5)}, "lead"),
        ({"due_on": None}, "due_on"),
    ],
)
def test_it_refuses_an_opening_and_names_the_field(scope, incident_on, changes, field):
    with pytest.raises(Invalid) as refused:
        service.open_review(scope, opening(scope, incident_on(scope), **changes))
    assert list(refused.value.errors) == [field]
    assert scope.session.scalars(select(Review)).all() == []


def test_it_refuses_a_due_date_that_is_over(scope, incident_on):
    yesterday = scope.today() - timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        service.open_review(scope, opening(scope, incident_on(scope), due_on=yesterday))
    assert refused.value.errors == {"due_on": ["Choose a day that is still to come"]}


def test_it_refuses_a_review_of_nothing(scope):
    with pytest.raises(Invalid) as refused:
        service.open_review(scope, opening(scope))
    assert list(refused.value.errors) == ["references"]


def test_sending_the_form_twice_opens_one_review(scope, incident_on, heard):
    wanted = opening(scope, incident_on(scope))
    first = service.open_review(scope, wanted)
    again = service.open_review(scope, wanted)
    assert again.id == first.id
    assert len(heard) == 1
    assert len(scope.session.scalars(select(ReviewIncident)).all()) == 1


def test_somebody_else_cannot_take_over_a_form(scope, incident_on, seen_by):
    wanted = opening(scope, incident_on(scope))
    service.open_review(scope, wanted)
    with pytest.raises(Conflict):
        service.open_review(seen_by(scope, "lead@calder.test"), wanted)


def test_an_incident_of_another_unit_is_not_found(scope, incident_on, seen_by):
    incident = incident_on(scope, "beech")
    with pytest.raises(NotFound):
        service.open_review(seen_by(scope, "manager@calder.test"), opening(scope, incident))


def test_having_reported_it_is_not_enough_to_review_it(scope, incident_on, seen_by):
    manager = seen_by(scope, "manager@calder.test")
    incident = incident_on(scope, "beech", reporter_id=manager.actor.id)
    with pytest.raises(Forbidden):
        service.open_review(manager, opening(scope, incident))


def test_a_confidential_incident_is_not_for_a_unit_manager(scope, incident_on, seen_by):
    incident = incident_on(scope, confidential=True)
    manager, lead = seen_by(scope, "manager@calder.test"), seen_by(scope, "lead@calder.test")
    with pytest.raises(NotFound):
        service.open_review(manager, opening(scope, incident))
    review = service.open_review(lead, opening(scope, incident))
    with pytest.raises(NotFound):
        queries.find(manager, review.id)


def test_a_review_of_another_unit_is_not_found(scope, review, seen_by):
    with pytest.raises(NotFound):
        queries.find(seen_by(scope, "beech@calder.test"), review.id)
    assert queries.find(seen_by(scope, "manager@calder.test"), review.id) is review


def test_a_reporter_does_not_read_the_review_of_their_report(scope, incident_on, seen_by):
    beech = seen_by(scope, "beech@calder.test")
    review = service.open_review(scope, opening(scope, incident_on(scope, reporter_id=beech.actor.id)))
    with pytest.raises(NotFound):
        queries.find(beech, review.id)


def test_an_executive_reads_and_does_not_write(scope, review, seen_by):
    director = seen_by(scope, "director@calder.test")
    assert queries.find(director, review.id) is review
    with pytest.raises(Forbidden):
        service.write_stage(director, review.id, "what_happened", "Something", 0)


def test_a_stage_is_kept_with_what_it_said_before(scope, review):
    service.write_stage(scope, review.id, "what_happened", "First.\r\nThen.", 0)
    version = service.stage_version(review, "what_happened")
    service.write_stage(scope, review.id, "what_happened", "First, then.", version)
    assert review.answers == {"what_happened": "First, then."}
    written = [event for event in trail(scope, review.id) if event.action == "review.written"]
    assert written[-1].before == {"what_happened": "First.\nThen."}


def test_writing_the_same_again_changes_nothing(scope, review):
    service.write_stage(scope, review.id, "what_happened", "Once.", 0)
    service.write_stage(scope, review.id, "what_happened", "Once.", 0)
    assert [event.action for event in trail(scope, review.id)] == ["review.opened", "review.written"]


def test_two_people_on_one_stage_are_shown_both_texts_and_neither_is_lost(scope, review):
    read = service.stage_version(review, "what_happened")
    service.write_stage(scope, review.id, "what_happened", "Hers.", read)
    with pytest.raises(service.Overtaken) as both:
        service.write_stage(scope, review.id, "what_happened", "His.", read)
    assert (both.value.theirs, both.value.mine) == ("Hers.", "His.")
    assert review.answers["what_happened"] == "Hers."


def test_two_people_on_two_stages_never_meet(scope, review):
    service.write_stage(scope, review.id, "what_happened", "Old.", 0)
    mine = service.stage_version(review, "what_happened")
    service.write_stage(scope, review.id, "work_as_done", "Somebody else's.", 0)
    service.write_stage(scope, review.id, "what_happened", "New.", mine)
    assert review.answers == {"what_happened": "New.", "work_as_done": "Somebody else's."}


@pytest.mark.parametrize(
    ("stage", "text", "field"), [("no_such_stage", "x", "stage"), ("what_happened", "x" * 20_001, "text")]
)
def test_it_refuses_a_stage_and_names_the_field(scope, review, stage, text, field):
    with pytest.raises(Invalid) as refused:
        service.write_stage(scope, review.id, stage, text, 0)
    assert list(refused.value.errors) == [field]


def test_a_factor_carries_the_theme_of_its_group(scope, review):
    factor = service.add_factor(
        scope, review.id, "communication", "barrier", "Handover was cut short", "Two rotas"
    )
    assert (factor.theme, factor.evidence) == ("communication", "Two rotas")
    assert queries.factors(scope, review.id) == [factor]


@pytest.mark.parametrize(
    ("group", "kind", "text", "evidence", "field"),
    [
        ("communication", "barrier", "   ", "", "text"),
        ("communication", "barrier", "x" * 2001, "", "text"),
        ("communication", "barrier", "Late", "x" * 2001, "evidence"),
        ("communication", "culprit", "Late", "", "kind"),
        ("a_person", "barrier", "Late", "", "group"),
    ],
)
def test_it_refuses_a_factor_and_names_the_field(scope, review, group, kind, text, evidence, field):
    with pytest.raises(Invalid) as refused:
        service.add_factor(scope, review.id, group, kind, text, evidence)
    assert list(refused.value.errors) == [field]
    assert queries.factors(scope, review.id) == []


def test_a_factor_sent_twice_is_one(scope, review):
    key = uuid7()
    for _ in range(2):
        service.add_factor(scope, review.id, "tasks", "barrier", "Two things at once", key=key)
    assert len(queries.factors(scope, review.id)) == 1


def test_a_factor_taken_out_stays_in_the_trail(scope, review):
    factor = service.add_factor(scope, review.id, "tasks", "barrier", "By mistake")
    service.remove_factor(scope, review.id, factor.id)
    service.remove_factor(scope, review.id, factor.id)
    assert queries.factors(scope, review.id) == []
    last = trail(scope, review.id)[-1]
    assert (last.action, last.before["text"]) == ("factor.removed", "By mistake")


def test_a_factor_of_another_review_cannot_be_taken_out_here(scope, review, incident_on):
    other = service.open_review(scope, opening(scope, incident_on(scope)))
    factor = service.add_factor(scope, other.id, "tasks", "barrier", "Theirs")
    service.remove_factor(scope, review.id, factor.id)
    assert queries.factors(scope, other.id) == [factor]


def test_signing_off_lists_everything_that_is_missing(scope, review):
    fill(scope, review, leave_out=("work_system",))
    with pytest.raises(Invalid) as refused:
        service.complete(scope, review.id)
    assert refused.value.errors == {
        "review": ["“The work system” is still empty", "No contributory factor is named yet"]
    }
    assert review.completed_at is None


def test_a_stage_of_spaces_is_empty(scope, review):
    fill(scope, review)
    service.add_factor(scope, review.id, "tasks", "barrier", "Two things at once")
    version = service.stage_version(review, "what_happened")
    service.write_stage(scope, review.id, "what_happened", "  \n ", version)
    with pytest.raises(Invalid):
        service.complete(scope, review.id)


def test_signing_off_records_who_and_tells(scope, incident_on, heard, seen_by):
    incident = incident_on(scope)
    lead = seen_by(scope, "lead@calder.test")
    review = service.open_review(lead, opening(scope, incident))
    fill(lead, review)
    service.add_factor(lead, review.id, "staffing", "facilitator", "The evening post was filled")
    service.complete(lead, review.id)
    assert (review.completed_at, review.completed_by) == (scope.now(), lead.actor.id)
    assert heard[-1] == ReviewCompleted(review.id, (incident.id,))
    assert trail(scope, incident.id)[-1].action == "review.completed"


def test_a_signed_off_review_is_not_written_again(scope, review):
    fill(scope, review)
    service.add_factor(scope, review.id, "tasks", "barrier", "Two things at once")
    service.complete(scope, review.id)
    with pytest.raises(Conflict):
        service.complete(scope, review.id)
    with pytest.raises(Conflict):
        service.write_stage(scope, review.id, "what_happened", "Later", 0)
    with pytest.raises(Conflict):
        service.add_factor(scope, review.id, "tasks", "barrier", "Later")


class Elsewhere:
    """A scope whose tenant has another set of plugins."""

    def __init__(self, scope, catalogue):
        self._scope, self.catalogue = scope, catalogue

    def __getattr__(self, name):
        return getattr(self._scope, name)


def in_catalogue(scope, catalogue: Catalogue):
    return Elsewhere(scope, catalogue)


def test_an_old_review_opens_with_the_version_it_was_written_in(scope, review):
    known = scope.catalogue
    old = known.frameworks[FRAMEWORK]
    new = replace(old, version=2, title="SEIPS, second edition", stages=old.stages[:2])
    newer = replace(
        known,
        frameworks=MappingProxyType({FRAMEWORK: new}),
        _versions=MappingProxyType({(FRAMEWORK, 1): old, (FRAMEWORK, 2): new}),
    )
    elsewhere = in_catalogue(scope, newer)
    assert frameworks.in_use(elsewhere, review) is old
    assert service.open_review(
        elsewhere, opening(scope, *queries.incidents_of(scope, [review.id])[review.id])
    )
    assert {row.framework_version for row in scope.session.scalars(select(Review))} == {1, 2}


def test_a_review_can_be_read_when_its_plugin_is_gone(scope, review):
    service.write_stage(scope, review.id, "what_happened", "It is kept.", 0)
    service.add_factor(scope, review.id, "person", "barrier", "Needs were not known")
    elsewhere = in_catalogue(scope, catalogue_for(frozenset()))
    shown = frameworks.shown_in(elsewhere, review, queries.factors(scope, review.id))
    assert [stage.title for stage in shown.stages] == ["What happened"]
    assert [group.title for group in shown.factors] == ["Person"]
    with pytest.raises(Conflict):
        service.write_stage(elsewhere, review.id, "what_happened", "No more.", 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The nurse failed to check the rota", "failed to"),
        ("Staff should have noticed", "should have"),
        ("A careless handover", "careless"),
        ("The rota showed two people fewer than planned", None),
        ("Handover took place beside a ringing telephone", None),
    ],
)
def test_it_notices_words_about_a_person(text, words):
    assert about_a_person(text) == words


def test_a_method_may_ask_for_more_before_sign_off(scope, incident_on):
    whys = opening(scope, incident_on(scope), framework_key="five_whys.to_the_system")
    review = service.open_review(scope, whys)
    fill(scope, review, leave_out=("ends_at",))
    service.write_stage(scope, review.id, "ends_at", "The nurse forgot", 0)
    factor = service.add_factor(scope, review.id, "task", "barrier", "Two tasks fell together", "The rota")
    with pytest.raises(Invalid) as refused:
        service.complete(scope, review.id)
    assert [said.partition(":")[0] for said in refused.value.errors["review"]] == [
        "Ask why again",
        "“Where it ends” ends at a person (“The nurse forgot”). Ask once more",
    ]
    for stage, text in (
        ("whys", "Because a\nBecause b\nBecause c"),
        ("ends_at", "The round and the checks coincide"),
    ):
        known = service.stage_version(review, stage)
        service.write_stage(scope, review.id, stage, text, known)
    service.remove_factor(scope, review.id, factor.id)
    service.add_factor(scope, review.id, "task", "barrier", "Two tasks fell together")
    with pytest.raises(Invalid, match="with what shows it"):
        service.complete(scope, review.id)
    service.add_factor(scope, review.id, "task", "barrier", "The same hour each evening", "Rota of March")
    assert service.complete(scope, review.id).completed_at == scope.now()


def test_a_method_that_breaks_keeps_nobody_from_finishing(scope, review):
    def broken(review):
        raise RuntimeError("its own trouble")

    made = replace(scope.catalogue.frameworks[FRAMEWORK], objections=broken)
    versions = MappingProxyType({(FRAMEWORK, 1): made})
    scope = in_catalogue(scope, replace(scope.catalogue, _versions=versions))
    fill(scope, review)
    service.add_factor(scope, review.id, "tasks", "barrier", "Two things at once")
    assert service.complete(scope, review.id).completed_at == scope.now()

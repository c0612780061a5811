"""The line of an organisation: how complete, month by month, its gaps by name, and threads back and forth."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.learning.conftest import seen_by

from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.kernel.errors import NotFound
from throughline.learning.models import Learning
from throughline.line import gaps, threads
from throughline.line.completeness import by_month, completeness
from throughline.line.steps import STEPS
from throughline.reviews.models import Factor, Review
from throughline.tenancy.queries import tree

__all__ = ["seen_by"]

LEAD, MANAGER, OTHER, NURSE = (f"{name}@calder.test" for name in ("lead", "manager", "beech", "nurse"))


@pytest.fixture
def named(scopes, calder):
    """Return a function that counts the gaps of each kind, as the system or somebody reads them."""

    def count(scope=None, **narrowed):
        def of(found_in):
            found = {kind.key: gaps.found(found_in, kind, **narrowed) for kind in gaps.KINDS}
            return {key: [gap.title for gap in one.gaps] for key, one in found.items() if one.count}

        if scope is not None:
            return of(scope)
        with scopes.tenant(calder, SYSTEM, "test") as opened:
            return of(opened)

    return count


def test_nothing_is_missing_where_nothing_is_late(travelled, named):
    travelled("triaged")
    assert named() == {}


def test_what_nobody_decided_and_what_nobody_opened_are_told_apart(travelled, named, clock):
    undecided, unopened = travelled("reported"), travelled("triaged")
    clock.move(timedelta(days=40))
    assert named() == {"undecided": [undecided.reference], "not-opened": [unopened.reference]}


def test_a_review_is_missing_its_end_then_a_learning(travelled, named, clock, scopes, calder):
    told = travelled("reviewed")
    clock.move(timedelta(days=40))
    assert named() == {"review-late": ["Reviewword"]}
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.scalars(select(Review)).one().completed_at = scope.now()
    assert named() == {"nothing-learned": ["Reviewword"]}
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.delete(scope.session.scalars(select(Factor)).one())
    assert named() == {"no-factor": ["Reviewword"], "nothing-learned": ["Reviewword"]}
    assert told.review_id


def test_a_learning_is_missing_units_then_answers_and_an_action(travelled, named, clock, scopes, calder):
    travelled("learned")
    assert named() == {"not-shared": ["Learningword"]}
    travelled("acted")
    clock.move(timedelta(days=15))
    with scopes.tenant(calder, SYSTEM) as scope:
        for link in scope.session.scalars(select(ActionLearning)):
            scope.session.delete(link)
    assert named()["not-answered"] == ["Learningword"]
    assert named()["no-action"] == ["Learningword"]


def test_an_action_is_missing_its_end_a_measure_and_an_effect(travelled, named, clock, scopes, calder):
    travelled("acted")
    assert {kind: sorted(titles) for kind, titles in named().items()} == {
        "no-measure": ["Actionword", "Elsewhereword"]
    }
    clock.move(timedelta(days=60))
    assert named()["action-late"] == ["Elsewhereword", "Actionword"]
    with scopes.tenant(calder, SYSTEM) as scope:
        today = scope.today()
        measure = Measure(
            id=uuid7(), title="Measureword", definition="All.", category="self_harm", unit_id=None,
            direction="lower", baseline_start=today - timedelta(days=400),
            baseline_end=today - timedelta(days=300), review_on=today + timedelta(days=5),
            created_at=scope.now(),
        )  # fmt: skip
        scope.session.add(measure)
        scope.session.flush()
        for action in scope.session.scalars(select(Action)):
            scope.session.add(MeasureAction(measure_id=measure.id, action_id=action.id))
    assert named()["no-baseline"] == ["Measureword"], "nothing was counted in its baseline"
    assert "no-measure" not in named()
    clock.move(timedelta(days=6))
    assert named()["not-judged"] == ["Measureword"]
    with scopes.tenant(calder, SYSTEM) as scope:
        measure = scope.session.scalars(select(Measure)).one()
        measure.verdict, measure.verdict_at = "cannot_tell", scope.now()
    assert sorted(named()["not-improved"]) == ["Actionword", "Elsewhereword"]
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.scalars(select(Measure)).one().verdict = "improved"
    assert "not-improved" not in named()


def test_gaps_are_of_what_somebody_may_read_and_of_the_units_they_ask_for(
    travelled, named, clock, scopes, calder, seen_by
):
    travelled("reported", confidential=True)
    clock.move(timedelta(days=5))
    with scopes.tenant(calder, SYSTEM) as scope:
        assert named(seen_by(scope, LEAD))["undecided"]
    with scopes.tenant(calder, SYSTEM) as scope:
        assert "undecided" not in named(seen_by(scope, MANAGER))
    with scopes.tenant(calder, SYSTEM) as scope:
        units = tree(scope)
        assert named(scope, unit_ids=[units.by_key("oak").id])["undecided"]
        assert "undecided" not in named(scope, unit_ids=[units.by_key("beech").id])


def test_the_months_add_up_to_the_whole(travelled, scopes, calder, clock):
    travelled("acted")
    travelled("reported")
    clock.move(timedelta(days=40))
    travelled("triaged")
    with scopes.tenant(calder, SYSTEM) as scope:
        since = scope.now() - timedelta(days=365)
        until = scope.now() + timedelta(seconds=1)
        months = {step: by_month(scope, step, since, until) for step in STEPS}
        every = completeness(scope, since, until)
    assert [month.isoformat() for month, _ in months["reported"]] == ["2026-11-01", "2026-12-01"]
    assert [one.key for one in every] == list(STEPS)
    for one in every:
        assert one.due == sum(measure.due for _, measure in months[one.key])
        assert one.reached == sum(measure.reached for _, measure in months[one.key])


@pytest.mark.parametrize("kind", ["review", "learning", "action"])
def test_a_thread_is_the_same_from_wherever_it_is_pulled(travelled, scopes, calder, kind):
    references = {travelled("acted").reference for _ in range(2)}
    with scopes.tenant(calder, SYSTEM) as scope:
        model = {"review": Review, "learning": Learning, "action": Action}[kind]
        first = scope.session.scalars(select(model).order_by(model.id)).first()
        found = threads.through(scope, kind, first.id)
        (incident,) = found.of("incident")
        assert incident.title in references, "one of the two, never both"
        assert [knot.title for knot in found.of("review")] == ["Reviewword"]
        assert [knot.title for knot in found.of("learning")] == ["Learningword"]
        wanted = {first.title} if kind == "action" else {"Actionword", "Elsewhereword"}
        assert {knot.title for knot in found.of("action")} == wanted
        assert found.of("action")[0].after == (found.of("learning")[0].id,)
        theme = threads.through_theme(scope, "communication")
        assert len(theme.of("review")) == 2
        assert threads.through_theme(scope, "policy").of("review") == ()


def test_a_thread_holds_no_word_of_what_does_not_open(travelled, client_for, scopes, calder):
    travelled("acted", confidential=True)
    with scopes.tenant(calder, SYSTEM) as scope:
        learning_id = scope.session.scalars(select(Learning.id)).one()
        review_id = scope.session.scalars(select(Review.id)).one()
    manager = client_for(MANAGER)
    page = manager.get(f"/t/calder/line/learning/{learning_id}").get_data(as_text=True)
    assert "Learningword" in page
    assert "One that is not open to you" in page
    assert "Reviewword" not in page
    assert "CV-2026-" not in page
    assert manager.get(f"/t/calder/line/review/{review_id}").status_code == 404
    theme = manager.get("/t/calder/line/theme/communication").get_data(as_text=True)
    assert "Reviewword" not in theme


def test_the_page_names_the_gap_its_unit_and_who_can_close_it(travelled, client_for, clock):
    told = travelled("reported")
    travelled("reviewed")
    clock.move(timedelta(days=40))
    page = client_for(LEAD).get("/t/calder/line?months=3").get_data(as_text=True)
    for words in ("Nobody has decided what it needs", told.reference, "Oak Ward", "Joe Barnes", "Ruth Ellis"):
        assert words in page
    listed = client_for(LEAD).get("/t/calder/line/gaps/undecided").get_data(as_text=True)
    assert told.reference in listed


@pytest.mark.parametrize(
    "query", ["?months=x", "?unit=nowhere&step=none", "?unit=oak&step=learned&months=36"]
)
def test_an_address_that_makes_no_sense_is_read_as_if_it_were_not_there(client_for, travelled, query):
    travelled("acted")
    for page in ("line", "line.json", "line/gaps/undecided"):
        assert client_for(LEAD).get(f"/t/calder/{page}{query}").status_code == 200


def test_a_program_reads_the_same(travelled, client_for, clock):
    told = travelled("acted")
    clock.move(timedelta(days=15))
    lead = client_for(LEAD)
    whole = lead.get("/t/calder/line.json").get_json()
    assert [step["key"] for step in whole["steps"]][:2] == ["reported", "triaged"]
    found = {gap["kind"]: gap for gap in whole["gaps"]}
    assert found["not-answered"]["longest_open"][0]["unit"] == "oak"
    assert found["not-answered"]["count"] == 1
    one = lead.get(f"/t/calder/incidents/{told.reference}/line.json").get_json()
    assert [step["state"] for step in one["steps"]][:4] == ["done"] * 4
    assert one["steps"][5]["evidence"][0]["title"] == "Elsewhereword"


def test_it_is_for_those_who_oversee(client_for, travelled):
    told = travelled("reported")
    for path in ("line", "line.json", "line/gaps/undecided", "line/theme/communication"):
        assert client_for(NURSE).get(f"/t/calder/{path}").status_code == 403
    assert client_for(LEAD).get("/t/calder/line/theme/astrology").status_code == 404
    assert client_for(LEAD).get("/t/calder/line/gaps/none").status_code == 404
    assert client_for(OTHER).get(f"/t/calder/incidents/{told.reference}/line.json").status_code == 404


def test_a_record_that_is_not_there_is_not_found(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        for kind in ("review", "learning", "action", "measure"):
            with pytest.raises(NotFound):
                threads.through(scope, kind, uuid7())

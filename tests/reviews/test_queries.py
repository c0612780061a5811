"""Lists and counts of reviews are right, and hold only what the actor may read."""

from datetime import UTC, datetime, timedelta

import pytest

from throughline.accounts.people import colleagues
from throughline.kernel.errors import NotFound
from throughline.reviews import frameworks, queries, service

YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def opened(incident_on):
    """Open a review of an incident on a unit, due in some days."""

    def open_one(scope, unit="oak", due=28, **changes):
        wanted = service.Opening(
            title=f"On {unit}",
            kind="local",
            framework_key="seips.work_system",
            lead_id=colleagues(scope, service.LEADING)[0].id,
            due_on=scope.today() + timedelta(days=due),
            incident_ids=(incident_on(scope, unit, **changes).id,),
        )
        return service.open_review(scope, wanted)

    return open_one


def sign_off(scope, review, *factors):
    for stage in frameworks.in_use(scope, review).stages:
        service.write_stage(scope, review.id, stage.key, "Written.", 0)
    for group, kind in factors:
        service.add_factor(scope, review.id, group, kind, "As found")
    service.complete(scope, review.id)


def test_counts_and_lists_agree(scope, clock, opened):
    late, done, waiting = opened(scope, due=1), opened(scope), opened(scope, due=60)
    sign_off(scope, done, ("tasks", "barrier"))
    clock.move(timedelta(days=5))
    assert queries.counts(scope) == {"open": 2, "late": 1, "completed": 1}
    assert queries.listed(scope, "open").rows == [late, waiting]
    assert queries.listed(scope, "late").rows == [late]
    assert queries.listed(scope, "completed").rows == [done]
    assert len(queries.listed(scope).rows) == 3


def test_a_review_due_today_is_not_late(scope, opened):
    opened(scope, due=0)
    assert queries.counts(scope)["late"] == 0


@pytest.mark.parametrize("state", ["open", ""])
def test_pages_follow_each_other_without_gap_or_repeat(scope, opened, monkeypatch, state):
    monkeypatch.setattr(queries, "PAGE", 3)
    made = {opened(scope, due=due).id for due in (5, 5, 5, 9, 2, 30, 9)}
    met, before = [], None
    while True:
        page = queries.listed(scope, state, before)
        met += [review.id for review in page.rows]
        before = page.older
        if before is None:
            break
    assert len(met) == 7
    assert set(met) == made


def test_a_cursor_of_another_unit_is_not_found(scope, opened, seen_by):
    other = opened(scope, "beech")
    with pytest.raises(NotFound):
        queries.listed(seen_by(scope, "manager@calder.test"), "open", other.id)


def test_a_unit_manager_lists_and_counts_their_unit_only(scope, opened, seen_by):
    mine = opened(scope, "oak")
    opened(scope, "beech")
    opened(scope, "oak", confidential=True)
    manager = seen_by(scope, "manager@calder.test")
    assert queries.listed(manager).rows == [mine]
    assert queries.counts(manager)["open"] == 1
    assert queries.counts(seen_by(scope, "lead@calder.test"))["open"] == 3


def test_a_review_that_also_covers_one_in_confidence_is_not_for_those_who_do_not_read_that(
    scope, incident_on, seen_by
):
    ids = (incident_on(scope).id, incident_on(scope, confidential=True).id)
    lead_id = colleagues(scope, service.LEADING)[0].id
    wanted = ("Both", "thematic", "seips.work_system", lead_id, scope.today(), ids)
    review = service.open_review(scope, service.Opening(*wanted))
    manager = seen_by(scope, "manager@calder.test")
    assert queries.listed(manager).rows == []
    assert queries.of_incident(manager, ids[0]) == []
    with pytest.raises(NotFound):
        queries.find(manager, review.id)
    assert queries.find(seen_by(scope, "lead@calder.test"), review.id) is review


def test_the_reviews_of_an_incident_are_those_the_actor_may_read(scope, opened, seen_by):
    review = opened(scope, "beech")
    incident_id = queries.incident_ids(scope, review.id)[0]
    assert queries.of_incident(scope, incident_id) == [review]
    assert queries.of_incident(seen_by(scope, "manager@calder.test"), incident_id) == []
    assert queries.of_incident(seen_by(scope, "nurse@calder.test"), incident_id) == []


def test_covered_counts_incidents_that_are_not_shown(scope, incident_on, seen_by):
    ids = tuple(incident_on(scope, unit).id for unit in ("oak", "beech"))
    lead_id = colleagues(scope, service.LEADING)[0].id
    review = service.open_review(
        scope,
        service.Opening("Both", "thematic", "seips.work_system", lead_id, scope.today(), ids),
    )
    manager = seen_by(scope, "manager@calder.test")
    assert len(queries.incidents_of(manager, [review.id])[review.id]) == 1
    assert queries.covered(manager, [review.id]) == {review.id: 2}


def test_themes_are_counted_in_signed_off_reviews_only(scope, opened):
    sign_off(scope, opened(scope), ("communication", "barrier"), ("staffing", "barrier"))
    sign_off(scope, opened(scope, "beech"), ("communication", "barrier"), ("staffing", "facilitator"))
    service.add_factor(scope, opened(scope).id, "tools", "barrier", "Not signed off")
    assert queries.theme_counts(scope, *YEAR) == {
        "communication": queries.ThemeCount(2, 0),
        "staffing": queries.ThemeCount(1, 1),
    }
    assert list(queries.theme_counts(scope, *YEAR)) == ["communication", "staffing"]


def test_themes_can_be_narrowed_to_units_and_a_period(scope, opened, seen_by):
    review = opened(scope)
    sign_off(scope, review, ("tasks", "barrier"))
    sign_off(scope, opened(scope, "beech"), ("tools", "barrier"))
    oak = queries.incidents_of(scope, [review.id])[review.id][0].unit_id
    assert list(queries.theme_counts(scope, *YEAR, unit_ids=[oak])) == ["task"]
    assert list(queries.theme_counts(seen_by(scope, "manager@calder.test"), *YEAR)) == ["task"]
    assert queries.theme_counts(scope, YEAR[0], datetime(2026, 2, 1, tzinfo=UTC)) == {}

"""The roster: who is on call, entered by whom, never two at once, and read up the tree."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from tests.conftest import NOW

from throughline.audit.models import AuditEvent
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.on_call import queries, service
from throughline.on_call.models import OnCall
from throughline.tenancy.queries import tree

HOUR = timedelta(hours=1)
FORM = {
    "starts_date": "2026-11-18",
    "starts_time": "17:00",
    "ends_date": "2026-11-19",
    "ends_time": "09:00",
}


@pytest.fixture
def turn(scopes, calder, people):
    """Return a function that describes a turn on a unit, in hours from now."""

    def describe(unit="oak", who="manager", start=0, end=12):
        with scopes.tenant(calder, SYSTEM) as scope:
            unit_id = tree(scope).by_key(unit).id
        return service.Turn(unit_id, people[who], NOW + start * HOUR, NOW + end * HOUR)

    return describe


@pytest.fixture
def put(as_, turn):
    """Return a function that puts somebody on call as the governance lead."""

    def add(*args, name="lead", **kwargs):
        with as_(name) as scope:
            return service.add(scope, turn(*args, **kwargs)).id

    return add


def who(scopes, calder, unit="oak", hours=1):
    with scopes.tenant(calder, SYSTEM) as scope:
        units = tree(scope)
        found = queries.on_call_for(scope, units, units.by_key(unit).id, NOW + hours * HOUR)
        return found.user.email.split("@")[0] if found else None


def test_the_nearest_unit_above_with_somebody_counts(put, scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        units = tree(scope)
        above = units.ancestors(units.by_key("oak").id)[-1].key
    assert who(scopes, calder) is None
    put(above, "lead")
    assert who(scopes, calder) == "lead"
    put("oak", "manager", end=4)
    assert (who(scopes, calder), who(scopes, calder, "hazel")) == ("manager", "lead")
    assert who(scopes, calder, hours=4) == "lead", "a turn ends at its end"


def test_nobody_is_on_call_twice_for_a_unit_and_one_may_follow_the_other(put):
    put("oak", "manager", start=0, end=12)
    for start, end in ((0, 12), (-1, 1), (11, 13), (3, 4), (-1, 13)):
        with pytest.raises(Invalid) as refused:
            put("oak", "lead", start=start, end=end)
        assert refused.value.errors == {
            "starts": [
                "Joe Barnes is on call for Oak Ward from 10:30 on 18 Nov to 22:30 on 18 Nov. "
                "Change that turn, or choose other times"
            ]
        }
    put("oak", "lead", start=12, end=24)
    put("hazel", "lead", start=0, end=12)


def test_two_who_add_at_one_moment_do_not_both_find_it_free(put, scopes, calder):
    together, said = threading.Barrier(4), []

    def add():
        together.wait()
        try:
            put("oak", "manager")
            said.append("added")
        except Invalid:
            said.append("refused")

    threads = [threading.Thread(target=add) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(said) == ["added", "refused", "refused", "refused"]
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(OnCall)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"who": "nurse"}, "person"),
        ({"who": "beech"}, "person"),
        ({"start": 2, "end": 2}, "ends"),
        ({"start": 3, "end": 2}, "ends"),
        ({"start": -9, "end": -1}, "ends"),
        ({"end": 93 * 24}, "ends"),
    ],
)
def test_what_makes_no_sense_is_refused(put, changes, field):
    with pytest.raises(Invalid) as refused:
        put(**changes)
    assert field in refused.value.errors


def test_a_manager_changes_the_roster_of_their_unit_only(put, as_, turn):
    assert put(name="manager")
    with pytest.raises(Invalid) as refused:
        put("beech", "beech", name="manager")
    assert list(refused.value.errors) == ["unit"]
    theirs = put("beech", "beech")
    with as_("manager") as scope:
        for act in (
            lambda: service.remove(scope, theirs),
            lambda: service.change(scope, theirs, 1, turn()),
        ):
            with pytest.raises(NotFound):
                act()
        assert [duty.user.email for duty in queries.between(scope, NOW, NOW + HOUR)] == [
            "manager@calder.test"
        ]


def test_a_turn_changes_once_for_each_who_read_it_and_the_trail_tells(put, as_, turn, scopes, calder):
    duty = put()
    with as_("lead") as scope:
        service.change(scope, duty, 1, turn(end=8))
    with as_("lead") as scope, pytest.raises(Conflict):
        service.change(scope, duty, 1, turn(end=9))
    with as_("lead") as scope:
        service.remove(scope, duty)
    with scopes.tenant(calder, SYSTEM) as scope:
        trail = select(AuditEvent.action).where(AuditEvent.subject_id == duty).order_by(AuditEvent.id)
        assert list(scope.session.scalars(trail)) == ["on_call.added", "on_call.changed", "on_call.removed"]
    assert who(scopes, calder) is None


def test_somebody_whose_account_ended_is_not_on_call(put, scopes, calder, world, people):
    put()
    with world.admin.begin() as connection:
        connection.execute(
            text("update user_account set disabled_at = now() where id = :who"), {"who": people["manager"]}
        )
    try:
        assert who(scopes, calder) is None
    finally:
        with world.admin.begin() as connection:
            connection.execute(
                text("update user_account set disabled_at = null where id = :who"), {"who": people["manager"]}
            )


def form(scopes, calder, people, **changes):
    with scopes.tenant(calder, SYSTEM) as scope:
        unit = tree(scope).by_key("oak").id
    return {**FORM, "unit": str(unit), "person": str(people["manager"]), **changes}


def test_the_pages_add_change_and_take_off(client_for, scopes, calder, people):
    browser = client_for("manager@calder.test")
    assert "Nobody" in browser.get("/t/calder/on-call").get_data(as_text=True)
    assert browser.post("/t/calder/on-call/new", form(scopes, calder, people)).status_code == 302
    with scopes.tenant(calder, SYSTEM) as scope:
        row = scope.session.scalars(select(OnCall)).one()
    assert row.starts_at == datetime(2026, 11, 18, 17, tzinfo=UTC)
    page = browser.get("/t/calder/on-call").get_data(as_text=True)
    assert "Joe Barnes, Oak Ward" in page
    sent = form(scopes, calder, people, ends_time="07:30", version="1")
    assert browser.post(f"/t/calder/on-call/{row.id}", sent).status_code == 302
    page = browser.get(f"/t/calder/on-call/{row.id}").get_data(as_text=True)
    assert 'value="07:30"' in page
    stale = browser.post(f"/t/calder/on-call/{row.id}", sent, follow_redirects=True).get_data(as_text=True)
    assert "Somebody changed this turn" in stale
    assert browser.post(f"/t/calder/on-call/{row.id}/remove").status_code == 302
    assert browser.get(f"/t/calder/on-call/{row.id}").status_code == 404


def test_a_turn_over_the_night_of_the_clock_change_is_an_hour_longer(
    client_for, scopes, calder, people, clock
):
    times = {"starts_date": "2027-03-27", "ends_date": "2027-03-28"}
    client_for("manager@calder.test").post("/t/calder/on-call/new", form(scopes, calder, people, **times))
    with scopes.tenant(calder, SYSTEM) as scope:
        row = scope.session.scalars(select(OnCall)).one()
    assert row.ends_at - row.starts_at == timedelta(hours=15), "the clocks go forward that night"


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"unit": "nowhere"}, "unit"),
        ({"person": ""}, "person"),
        ({"starts_date": "yesterday"}, "starts_date"),
        ({"starts_time": "25:00"}, "starts_date"),
        ({"ends_time": ""}, "ends_date"),
        ({"ends_date": "9999-12-31"}, "ends_date"),
        ({"starts_date": "0001-01-01"}, "starts_date"),
    ],
)
def test_bad_input_names_its_field_and_keeps_the_rest(client_for, scopes, calder, people, changes, target):
    answer = client_for("manager@calder.test").post(
        "/t/calder/on-call/new", form(scopes, calder, people, **changes)
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'href="#{target}"' in page
    assert 'value="17:00"' in page or "starts_time" in changes


@pytest.mark.parametrize("email", ["nurse@calder.test", "director@calder.test", "consultant@calder.test"])
def test_those_who_answer_for_no_unit_have_no_roster(client_for, email):
    browser = client_for(email)
    assert browser.get("/t/calder/on-call").status_code == 403
    assert browser.post("/t/calder/on-call/new").status_code == 403

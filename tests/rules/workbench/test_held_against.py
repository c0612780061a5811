"""A version held against the live one: what each alone finds, and both; and in words who would be told."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete
from tests.rules.workbench.test_runs import asked, past, unordered, version, work
from tests.rules.workbench.texts import NIGHTLY, TEXT

from throughline.accounts.models import Membership
from throughline.rules.backtest import backtest
from throughline.rules.workbench import proof, reading, runs, service
from throughline.rules.workbench.results import from_json
from throughline.tenancy.queries import tree
from throughline.trends import counts

__all__ = ["past", "version"]

RULES = "/t/calder/rules"
NARROW = TEXT.replace("when: incident.category", "when: incident.harm >= 2 || incident.category")


@pytest.fixture
def versions(inside):
    """Return a function that puts one text live and begins a draft of another; it gives the draft's id."""

    def put(live, draft):
        with inside() as scope:
            service.put_live(scope, service.begin(scope, uuid4(), live).id)
            return service.begin(scope, uuid4(), draft).id

    return put


def parts(tested):
    found = tested.portions
    return {name: getattr(found, name) for name in ("only_mine", "only_live", "both")}


def test_what_one_alone_finds_and_what_both_do_add_up(inside, past, versions):
    draft = versions(TEXT.replace('"fall"', '"fall" || incident.harm == 0'), NARROW)
    with inside() as scope:
        tested = proof.history(scope, service.find(scope, draft), "2")
    found = parts(tested)
    assert min(one.fired for one in found.values()) > 0
    assert tested.mine.fired == found["only_mine"].fired + found["both"].fired
    assert tested.live.fired == found["only_live"].fired + found["both"].fired
    ids = [{one.id for one in part.examples} for part in found.values()]
    assert all(ids) and not (ids[0] & ids[1] or ids[1] & ids[2] or ids[0] & ids[2])


def test_a_worker_finds_the_same(scopes, inside, past, versions):
    draft = versions(TEXT, NARROW)
    run_id = asked(inside, draft)
    assert work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        whole = proof.held_against(
            scope,
            reading.sound(scope, run.text),
            reading.sound(scope, run.live_text),
            run.starts,
            run.ends,
            seconds=60,
        )
        kept = from_json(run.result)
        assert kept.portions == whole.portions
        assert unordered(kept.mine) == unordered(whole.mine)


def test_the_pages_show_it_and_name_no_incident_to_a_consultant(client_for, scopes, inside, past, versions):
    draft = versions(TEXT, NARROW)
    run_id = asked(inside, draft)
    work(scopes, inside, run_id)
    with inside() as scope:
        tested = from_json(runs.find(scope, run_id).result)
    consultant = client_for("consultant@calder.test")
    for address in (f"backtests/{run_id}", f"versions/{draft}/history"):
        page = consultant.get(f"{RULES}/{address}").get_data(as_text=True)
        for label, part in zip(
            ("Only this version", "Only the live one", "Both"), parts(tested).values(), strict=True
        ):
            assert f'{label} <strong class="tl-portions__count">{part.fired}</strong>' in page
        assert "Alarms, live version" in page
        examples = [one for part in parts(tested).values() for one in part.examples]
        assert examples and not any(one.reference in page for one in examples)


@pytest.fixture
def also_lead(inside):
    """The consultant holds the role of a governance lead as well, for one test."""
    with inside() as scope:
        scope.session.add(
            Membership(user_id=scope.actor.id, role="governance_lead", unit_id=None, since=scope.now())
        )
    yield
    mine = (Membership.role == "governance_lead", Membership.user_id == scope.actor.id)
    with inside() as scope:
        scope.session.execute(delete(Membership).where(*mine))


def test_whoever_may_read_an_incident_finds_it_by_its_reference(
    client_for, inside, past, versions, also_lead
):
    draft = versions(TEXT, NARROW)
    with inside() as scope:
        tested = proof.history(scope, service.find(scope, draft), "2")
    page = (
        client_for("consultant@calder.test").get(f"{RULES}/versions/{draft}/history").get_data(as_text=True)
    )
    newest = tested.portions.only_mine.examples[0]
    assert f'href="/t/calder/incidents/{newest.reference}"' in page


def test_one_about_units_is_not_held_against_one_about_incidents(client_for, inside, past, versions):
    draft = versions(TEXT, NIGHTLY)
    with inside() as scope:
        tested = proof.history(scope, service.find(scope, draft), "1")
        alone = backtest(scope, reading.sound(scope, TEXT), tested.mine.start, tested.mine.end)
    assert (tested.portions, tested.unlike, tested.about_units) == (None, True, True)
    assert tested.live.fired == alone.fired > 0
    page = (
        client_for("consultant@calder.test").get(f"{RULES}/versions/{draft}/history").get_data(as_text=True)
    )
    assert "Not held against the live version one by one" in page
    assert "looks at a unit by night" in page


def test_nights_in_slices_add_up_to_what_one_pass_finds(scopes, inside, versions):
    draft = versions(NIGHTLY.replace(">= 3", ">= 4"), NIGHTLY)
    with inside() as scope:
        today, oak = scope.today(), tree(scope).by_key("oak").id
        monday = today - timedelta(days=today.weekday() + 28 * 3)
        for day in (monday - timedelta(days=1), today - timedelta(days=100), today - timedelta(days=200)):
            counts.add(
                scope, {(day, oak, "fall", 1): 3 + (day.day % 2)}
            )  # the first begins to hold on a border
    run_id = asked(inside, draft)
    assert work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        kept = from_json(run.result)
        whole = proof.held_against(
            scope,
            reading.sound(scope, run.text),
            reading.sound(scope, run.live_text),
            run.starts,
            run.ends,
            seconds=60,
        )
        assert whole.mine.fired == 3
        assert replace(kept.mine, by_unit=dict(kept.mine.by_unit)) == replace(
            whole.mine, by_unit=dict(whole.mine.by_unit)
        )
        assert kept.portions == whole.portions


def test_recipients_are_said_in_words_and_people_by_the_name_they_have_here(client_for, inside, past):
    then = "  - escalate: {to: %s, acknowledge_within: 4 hours}\n"
    people = ("on_call", "{person: lead@calder.test}", "{person: lead@hollins.test}", "executive")
    with inside() as scope:
        draft = service.begin(scope, uuid4(), TEXT + "".join(then % to for to in people)).id
    consultant = client_for("consultant@calder.test")
    page = consultant.get(f"{RULES}/versions/{draft}/history").get_data(as_text=True)
    with inside("calder", "lead@calder.test") as scope:
        name = scope.actor.name
    with inside("hollins", "lead@hollins.test") as scope:
        stranger = scope.actor.name
    assert "Whoever is on call for the unit" in page and name in page and "Executive" in page
    assert "lead@hollins.test, who has no role here" in page and stranger not in page
    assert "on_call" not in page and "person:" not in page and "lead@calder.test" not in page
    written = consultant.get(f"{RULES}/versions/{draft}").get_data(as_text=True)
    assert f"It tells {name}, to be acknowledged" in written

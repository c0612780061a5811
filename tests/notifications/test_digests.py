"""Notices that wait: digests and quiet hours, from the wish on the page to the letter."""

import threading
from datetime import time, timedelta

import pytest
from sqlalchemy import func, select, text
from tests.conftest import rolled_back

from throughline.accounts.models import User
from throughline.jobs import watching
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM, Actor
from throughline.kernel.errors import Invalid
from throughline.notifications import digests, preferences, service
from throughline.notifications.models import Delivery, Digest, NoticePreference, Notification
from throughline.notifications.preferences import Wish

MANAGER = "manager@calder.test"
MORNING, NIGHT = time(8), (time(21), time(7))
TIMES = {"digest_at": "08:00", "quiet_from": "", "quiet_to": ""}


@pytest.fixture
def manager(scopes, calder):
    """The unit manager's id."""
    with scopes.tenant(calder, SYSTEM) as scope:
        return scope.session.scalars(select(User.id).where(User.email == MANAGER)).one()


@pytest.fixture
def wishes(scopes, calder, manager):
    """Return a function that keeps how the manager wishes to be told."""

    def choose(wish):
        with scopes.tenant(calder, Actor(manager, "Joe Barnes")) as scope:
            preferences.choose(scope, wish)

    return choose


@pytest.fixture
def tell(scopes, calder, manager):
    """Return a function that tells the manager something."""

    def told(number, kind="notice", subject="CV-2026-0000{}: Restraint"):
        with scopes.tenant(calder, SYSTEM) as scope:
            said = subject.format(number)
            return service.notify(scope, [manager], kind, said, "Words.", "/t/calder/", f"{kind} {number}")

    return told


@pytest.fixture
def look(scopes):
    """Return a function that does what a ticker does for digests."""
    return lambda: watching.look(scopes, digests.WATCHES)


def made(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return list(scope.session.scalars(select(Digest).order_by(Digest.due_on)))


def test_a_digest_is_one_letter_of_counts_and_references_with_one_link(
    wishes, tell, look, post_office, send, scopes, calder, clock
):
    wishes(Wish(MORNING))
    (
        tell(1),
        tell(1, subject="CV-2026-00001: Again", kind="clock"),
        tell(2),
        tell(3, kind="learning", subject="To share"),
    )
    assert send() == [] and look() == 0, "nothing leaves before its time"
    clock.move(timedelta(hours=21, minutes=29))
    assert look() == 0
    clock.move(timedelta(minutes=1))
    assert look() == 1 and look() == 0
    assert send() == [True]
    ((_, (to,), letter),) = post_office.envelopes
    assert to == MANAGER and letter["Subject"] == "4 notices wait in your inbox"
    body = letter.get_content()
    assert "2 notices about incidents: CV-2026-00001, CV-2026-00002." in body
    assert "1 clock: CV-2026-00001." in body and "1 learning to share." in body
    assert "Restraint" not in body and "Words" not in body
    assert body.count("http") == 1 and "http://localhost/t/calder/inbox" in body
    assert made(scopes, calder)[0].notices == 4


def test_alarms_do_not_wait_for_a_digest_nor_for_the_morning(wishes, tell, send, post_office, clock):
    wishes(Wish(MORNING, *NIGHT))
    clock.move(timedelta(hours=12))
    tell(1, kind="escalation")
    assert send() == [True] and len(post_office.envelopes) == 1


def test_what_was_read_in_the_inbox_is_left_out_and_an_empty_digest_is_not_sent(
    wishes, tell, look, send, post_office, scopes, calder, clock, client_for
):
    wishes(Wish(MORNING))
    tell(1), tell(2)
    browser = client_for(MANAGER)
    page = browser.get("/t/calder/inbox").get_data(as_text=True)
    assert "CV-2026-00001" in page and "CV-2026-00002" in page, "the inbox shows everything at once"
    with scopes.tenant(calder, SYSTEM) as scope:
        first = scope.session.scalars(select(Notification).order_by(Notification.id)).first()
    browser.post(f"/t/calder/inbox/{first.id}")
    clock.move(timedelta(days=1))
    assert look() == 1
    assert "1 notice about an incident: CV-2026-00002." in made(scopes, calder)[0].body
    tell(3)
    client_for(MANAGER).post("/t/calder/inbox/read")
    clock.move(timedelta(days=1))
    assert look() == 0 and len(made(scopes, calder)) == 1
    send()
    assert len(post_office.envelopes) == 1


def test_two_tickers_that_race_send_one_digest(wishes, tell, scopes, calder, clock):
    wishes(Wish(MORNING))
    tell(1)
    clock.move(timedelta(days=1))
    with scopes.tenant(calder, SYSTEM) as scope:
        (due,) = digests.due_ones(scope)
    together = threading.Barrier(4)
    acted = []

    def act():
        together.wait()
        with scopes.tenant(calder, SYSTEM) as scope:
            acted.append(digests.send_one(scope, due))

    threads = [threading.Thread(target=act) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(acted) == [False, False, False, True]
    assert len(made(scopes, calder)) == 1


def test_a_ticker_that_dies_over_it_loses_nothing(wishes, tell, look, scopes, calder, clock):
    wishes(Wish(MORNING))
    tell(1)
    clock.move(timedelta(days=1))
    with rolled_back(scopes, calder, SYSTEM) as scope:
        assert digests.send_one(scope, digests.due_ones(scope)[0])
    assert made(scopes, calder) == []
    assert look() == 1 and len(made(scopes, calder)) == 1


def test_a_valkey_that_is_gone_loses_no_digest(wishes, tell, scopes, calder, clock, look, send, post_office):
    """The job is in the ledger with the digest; ringing for it is another matter."""
    wishes(Wish(MORNING))
    tell(1)
    clock.move(timedelta(days=1))
    object.__setattr__(scopes, "after_commit", lambda _session: None)  # no ring ever arrives
    assert look() == 1
    with scopes.tenant(calder, SYSTEM) as scope:
        bells = scope.session.scalar(text("select count(*) from outbox"))
        assert scope.session.scalar(select(func.count()).select_from(Job)) == bells == 1
    assert send() == [True] and len(post_office.envelopes) == 1


def test_after_days_without_a_ticker_one_digest_comes_and_then_the_next_day_s(
    wishes, tell, look, scopes, calder, clock
):
    wishes(Wish(MORNING))
    tell(1)
    clock.move(timedelta(days=4))
    assert look() == 1 and look() == 0
    tell(2)
    clock.move(timedelta(days=1))
    assert look() == 1
    assert [one.notices for one in made(scopes, calder)] == [1, 1]


def test_back_to_at_once_leaves_the_waiting_ones_a_last_digest(
    wishes, tell, look, send, post_office, scopes, calder, clock
):
    wishes(Wish(MORNING))
    tell(1)
    wishes(Wish())
    tell(2)
    assert send() == [True], "the new one goes out"
    clock.move(timedelta(days=1))
    assert look() == 1 and "CV-2026-00001." in made(scopes, calder)[0].body
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(NoticePreference.digest_due)).one() is None


def test_a_later_time_on_a_day_that_had_its_digest_begins_tomorrow(wishes, tell, look, scopes, calder, clock):
    wishes(Wish(MORNING))
    tell(1)
    clock.move(timedelta(days=1))
    assert look() == 1
    wishes(Wish(time(16)))
    tell(2)
    clock.move(timedelta(hours=8))
    assert look() == 0
    clock.move(timedelta(days=1))
    assert look() == 1


def test_quiet_hours_hold_a_letter_till_they_end_and_one_read_meanwhile_is_not_sent(
    wishes, tell, send, post_office, scopes, calder, clock, client_for
):
    wishes(Wish(None, *NIGHT))
    clock.move(timedelta(hours=12))
    tell(1), tell(2)
    with scopes.tenant(calder, SYSTEM) as scope:
        due = {scope.local(found).strftime("%d %H:%M") for found in scope.session.scalars(select(Job.due_at))}
        first = scope.session.scalars(select(Notification).order_by(Notification.id)).first()
    assert due == {"19 07:00"} and send() == [False, False]
    client_for(MANAGER).post(f"/t/calder/inbox/{first.id}")
    clock.move(timedelta(hours=9))
    assert send() == [True, True]
    assert len(post_office.envelopes) == 1
    with scopes.tenant(calder, SYSTEM) as scope:
        assert sorted(scope.session.scalars(select(Delivery.state))) == ["not_needed", "sent"]


def test_somebody_who_left_gets_no_digest(wishes, tell, look, scopes, calder, clock, manager):
    wishes(Wish(MORNING))
    tell(1)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.execute(
            text("update membership set ended_at = now() where user_id = :who"), {"who": manager}
        )
    clock.move(timedelta(days=1))
    try:
        assert look() == 0 and made(scopes, calder) == []
    finally:
        with scopes.tenant(calder, SYSTEM) as scope:
            scope.session.execute(
                text("update membership set ended_at = null where user_id = :who"), {"who": manager}
            )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(None, time(21), None), "quiet_to"),
        (Wish(None, None, time(7)), "quiet_from"),
        (Wish(None, time(7), time(7)), "quiet_to"),
        (Wish(time(6), *NIGHT), "digest_at"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(wishes, wish, field):
    with pytest.raises(Invalid) as refused:
        wishes(wish)
    assert list(refused.value.errors) == [field]


def test_the_page_keeps_a_wish_and_shows_it_again(client_for, scopes, calder):
    browser = client_for(MANAGER)
    page = browser.get("/t/calder/inbox").get_data(as_text=True)
    assert page.count('href="/t/calder/inbox/preferences"') >= 2, "from the inbox and from the person's menu"
    sent = {"how": "digest", "digest_at": "7:45", "quiet_from": "21:00", "quiet_to": "07:00"}
    assert browser.post("/t/calder/inbox/preferences", sent).status_code == 302
    page = browser.get("/t/calder/inbox/preferences").get_data(as_text=True)
    assert 'value="07:45"' in page and 'value="21:00"' in page and "Saved." in page
    other = client_for("lead@calder.test").get("/t/calder/inbox/preferences").get_data(as_text=True)
    assert 'value="21:00"' not in other, "each person's own"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "how"),
        ({"how": "pigeon"}, "how"),
        ({"how": "digest", "digest_at": ""}, "digest_at"),
        ({"how": "digest", "digest_at": "25:00"}, "digest_at"),
        ({"how": "at_once", "quiet_from": "nine", "quiet_to": "07:00"}, "quiet_from"),
        ({"how": "at_once", "quiet_from": "21:00"}, "quiet_to"),
        ({"how": "digest", "digest_at": "22:00", "quiet_from": "21:00", "quiet_to": "07:00"}, "digest_at"),
    ],
)
def test_bad_input_names_its_field_and_loses_nothing(client_for, sent, field):
    answer = client_for(MANAGER).post("/t/calder/inbox/preferences", sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'href="#{field}"' in page
    for value in sent.values():
        assert not value or f'value="{value}"' in page or value == "pigeon"

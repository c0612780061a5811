"""From a report to a letter in somebody's mailbox: what it carries, to whom, and how often."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from tests.conftest import PEOPLE

from throughline.accounts.models import User
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.jobs.task import Fenced
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Delivery, Notification
from throughline.notifications.service import notify
from throughline.rules.models import Problem

NURSE, LEAD = "nurse@calder.test", "lead@calder.test"
NARRATIVE = "canaryfoundonthefloor"
PERSON = "CV-P-7731"
ATTEMPTS = 5
SAID = (
    "Please look at CV-2026-00001 at Oak Ward and acknowledge it by ",
    "The law may ask for something after CV-2026-00001 at Oak Ward.",
)


@pytest.fixture
def told(post_office, client_for, scopes, calder):
    """A death was reported; return the addresses of those whom the rules tell of it."""
    form = {
        "key": str(uuid4()),
        "category": "violence",
        "unit": "oak",
        "occurred_at_date": "2026-11-17",
        "occurred_at_time": "21:35",
        "what_happened": f"Somebody was {NARRATIVE}.",
        "immediate_action": NARRATIVE,
        "location": NARRATIVE,
        "physical_harm": "fatal",
        "psychological_harm": "none",
        "person_reference": PERSON,
    }
    assert client_for(NURSE).post("/t/calder/report/violence", form).status_code == 302
    with scopes.tenant(calder, SYSTEM) as scope:
        query = select(User.email).join(Notification, Notification.user_id == User.id)
        found = sorted(scope.session.scalars(query))
    assert LEAD in found and len(found) >= 2
    return found


@pytest.fixture
def deliveries(scopes, calder):
    """Return a function that reads what the ledger says of each person's letter."""

    def read():
        with scopes.tenant(calder, SYSTEM) as scope:
            query = (
                select(User.email, Delivery.state, Delivery.detail)
                .join(Notification, Notification.user_id == User.id)
                .join(Delivery, Delivery.notification_id == Notification.id)
            )
            return {email: (state, detail) for email, state, detail in scope.session.execute(query)}

    return read


@pytest.fixture
def problems(scopes, calder):
    """Return a function that reads what the administrator is shown."""

    def read():
        with scopes.tenant(calder, SYSTEM) as scope:
            return list(scope.session.scalars(select(Problem.message)))

    return read


def test_each_person_gets_one_letter_that_says_where_to_look_and_nothing_of_what_happened(
    told, send, post_office, deliveries, scopes, calder, client_for
):
    assert post_office.envelopes == [], "nothing is sent in the request itself"
    assert set(send()) == {True}
    assert sorted(to for _, (to,), _ in post_office.envelopes) == told
    with scopes.tenant(calder, SYSTEM) as scope:
        ids = {str(found) for found in scope.session.scalars(select(Delivery.id))}
    assert {letter["Message-ID"] for _, _, letter in post_office.envelopes} == {
        f"<{found}@calder.example>" for found in ids
    }
    got: list[tuple[str, str]] = []
    for sender, (to,), letter in post_office.envelopes:
        assert sender == "throughline@calder.example"
        assert letter["From"] == "Throughline <throughline@calder.example>"
        assert letter["To"] == to
        assert (letter["Cc"], letter["Bcc"]) == (None, None)
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["Date"].datetime is not None
        assert re.fullmatch(r"CV-2026-00001: \S.*", letter["Subject"])
        assert letter.get_content_type() == "text/plain"
        body = letter.get_content()
        (said,) = [words for words in SAID if words in body]
        got.append((to, said))
        (link,) = re.findall(r"\n\nhttp://localhost(/t/calder/\S+)\n\Z", body)
        page = client_for(to).get(link, follow_redirects=True)
        assert page.status_code == 200 and "CV-2026-00001" in page.get_data(as_text=True)
    assert len(set(got)) == len(got), (
        "one letter for all alarms of a person, and one for what the law may ask"
    )
    assert {said for _, said in got} == set(SAID)
    everything = b"".join(post_office.raw).decode()
    names = {part for name, _, _ in PEOPLE["calder"].values() for part in name.split()}
    for private in (NARRATIVE, PERSON, NURSE, *names):
        assert private not in everything, private
    for raw, (_, (to,), _) in zip(post_office.raw, post_office.envelopes, strict=True):
        assert not [other for other in told if other != to and other.encode() in raw], "nobody sees who else"
    assert {state for state, _ in deliveries().values()} == {"sent"}
    assert all(detail.endswith("accepted the message.") for _, detail in deliveries().values())


def test_nothing_is_sent_twice_however_often_the_job_runs(told, send, post_office, letters, scopes, calder):
    send()
    sent = len(post_office.envelopes)
    assert set(send()) == {False}, "a job that is done is not done again"
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.execute(text("update job set state = 'queued', token = null"))
    assert set(send()) == {True}, "and when it is, it finds its letter sent"
    with scopes.tenant(calder, SYSTEM) as scope:
        for known in scope.session.scalars(select(Notification)).all():
            assert notify(scope, [known.user_id] * 2, "escalation", "Again", "", "/", known.dedupe) == 0
    assert len(letters()) == sent
    send()
    assert len(post_office.envelopes) == sent


def test_a_letter_whose_worker_lost_its_lease_in_mid_conversation_goes_out_as_the_same_letter(
    told, letters, post_office, scopes, calder
):
    """The one case in which a second copy cannot be helped: mail systems know it by its Message-ID."""
    job_id = letters()[0]

    async def thaw_too_late(server, session, envelope):
        with scopes.tenant(calder, SYSTEM) as scope:
            gone = {"token": uuid4(), "job": job_id}
            scope.session.execute(text("update job set token = :token where id = :job"), gone)
        return await type(post_office).handle_DATA(post_office, server, session, envelope)

    post_office.handle_DATA = thaw_too_late
    assert not runner.attempt(scopes, calder, job_id)
    del post_office.handle_DATA
    with scopes.tenant(calder, SYSTEM) as scope:
        job = scope.session.scalars(select(Job).where(Job.id == job_id)).one()
        assert job.state == "running", f"{Fenced.__name__}: the one that took it over holds it"
        scope.session.execute(text("update job set state = 'queued' where id = :job"), {"job": job_id})
    assert runner.attempt(scopes, calder, job_id)
    first, second = post_office.envelopes
    assert first[2]["Message-ID"] == second[2]["Message-ID"]
    assert first[1] == second[1]


def test_a_refused_recipient_is_told_to_the_administrator_and_the_others_get_their_letters(
    told, send, post_office, deliveries, problems, client_for
):
    post_office.refuses[LEAD] = f"550 5.1.1 <{LEAD}>: no such mailbox"
    assert set(send()) == {True}
    found = deliveries()
    assert found.pop(LEAD) == ("refused", f"127.0.0.1:{post_office.port} refuses the address (code 550).")
    assert {state for state, _ in found.values()} == {"sent"}
    assert sorted(to for _, (to,), _ in post_office.envelopes) == [email for email in told if email != LEAD]
    assert problems() == [f"127.0.0.1:{post_office.port} refuses the address (code 550)."]
    page = client_for("admin@calder.test").get("/t/calder/settings")
    assert page.status_code == 200 and "A message was not sent" in page.get_data(as_text=True)
    assert len(client_for(LEAD).get("/t/calder/inbox").get_data(as_text=True).split("CV-2026-00001:")) > 1
    set(send())
    assert len(problems()) == 1, "a refusal for good is not tried again"


def test_a_recipient_who_is_put_off_gets_the_letter_later(
    told, send, post_office, deliveries, problems, clock
):
    post_office.refuses[LEAD] = "451 4.7.1 greylisted"
    assert sorted(send()) == [False] + [True] * (len(told) - 1)
    state, detail = deliveries()[LEAD]
    assert (state, "for now (code 451)" in detail) == ("waiting", True)
    del post_office.refuses[LEAD]
    clock.move(timedelta(minutes=5))
    assert sum(send()) == 1
    assert deliveries()[LEAD][0] == "sent" and problems() == []
    assert sorted(to for _, (to,), _ in post_office.envelopes) == told


def test_letters_wait_while_the_server_is_away_and_go_out_once_when_it_is_back(
    told, send, post_office, deliveries, problems, clock
):
    post_office.close()
    assert set(send()) == {False}
    assert {state for state, _ in deliveries().values()} == {"waiting"}
    for _, detail in deliveries().values():
        assert f"The mail server 127.0.0.1:{post_office.port} is not usable: nothing answers there." in detail
        assert "@" not in detail
    post_office.open()
    assert set(send()) == {False}, "not before they have rested"
    clock.move(timedelta(minutes=5))
    assert set(send()) == {True}
    assert sorted(to for _, (to,), _ in post_office.envelopes) == told
    assert problems() == []


def test_a_server_that_stays_away_is_given_up_and_the_administrator_told(
    told, send, post_office, deliveries, problems, clock
):
    post_office.close()
    for _ in range(ATTEMPTS + 1):
        assert set(send()) == {False}
        clock.move(timedelta(hours=2))
    assert {state for state, _ in deliveries().values()} == {"given_up"}
    assert len(problems()) == len(told)
    assert all("nothing answers there" in message and "@" not in message for message in problems())
    post_office.open()
    assert set(send()) == {False} and post_office.envelopes == []


def test_nobody_writes_to_an_account_that_is_closed(told, send, post_office, deliveries, world):
    with world.admin.begin() as connection:
        connection.execute(
            text("update user_account set disabled_at = now() where email = :it"), {"it": LEAD}
        )
    try:
        assert set(send()) == {True}
        assert LEAD not in [to for _, (to,), _ in post_office.envelopes]
        assert deliveries()[LEAD] == ("refused", "The account is disabled.")
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update user_account set disabled_at = null"))

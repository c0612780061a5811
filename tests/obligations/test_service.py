"""What people do about an obligation is checked, kept with who and why, and never lost to somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.obligations.conftest import APPLIES, CANDOUR

from throughline.audit.models import AuditEvent
from throughline.clocks import service as clocks
from throughline.clocks.models import Clock
from throughline.clocks.queries import state_of
from throughline.incidents.models import Incident
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.obligations import queries, service
from throughline.obligations.models import ObligationDecision
from throughline.obligations.service import Done

NOT_REQUIRED = {"unintended": "yes", "opinion": "neither"}


@pytest.fixture
def decided(as_, incident, standing):
    found = standing(incident)
    with as_("lead") as scope:
        service.decide(scope, found.row.id, found.row.version, APPLIES, "The consultant says so.")
    return incident


@pytest.fixture
def recording(as_, standing, hours_ago):
    """Return a function that records a step as somebody."""

    def record(incident, key, who="lead", hours=1, **told):
        found = standing(incident)
        step = next(one for one in found.steps if one.row.key == key)
        values = {"evidence": "Note in the record.", "who_was_told": "her daughter"} | told
        with as_(who) as scope:
            return service.record_step(
                scope, step.row.id, found.row.version, Done(hours_ago(hours), **values)
            )

    return record


def test_a_decision_keeps_answers_words_reason_and_who(scopes, calder, as_, people, decided, standing):
    found = standing(decided)
    assert found.state == "under_way"
    with as_("lead") as scope:
        (decision,) = queries.decisions(scope, found.row.id)
        assert (decision.kind, decision.outcome, decision.by_id) == ("judged", "applies", people["lead"])
        assert "It appears to have resulted in one of these" in decision.answers.values()
        assert decision.reason == "The consultant says so."
        event = scope.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "obligation.decided")
        ).one()
        assert event.after["outcome"] == "It applies"


def test_what_is_not_required_is_closed_and_its_clocks_stop_with_the_reason(as_, incident, standing):
    found = standing(incident)
    with as_("lead") as scope:
        service.decide(scope, found.row.id, found.row.version, NOT_REQUIRED, "A bruise that healed.")
        done = queries.standing(scope, [queries.find(scope, found.row.id)[0]])[0]
        assert (done.state, done.due_at, done.late) == ("not_required", None, False)
        stopped = [one.clock for one in done.steps if one.clock]
        assert [(state_of(clock, scope.now()), clock.stop_reason) for clock in stopped] == [
            ("stopped", "A bruise that healed.")
        ]


@pytest.mark.parametrize(
    ("answers", "reason", "wrong"),
    [
        ({}, "Why.", {"ask_unintended", "ask_opinion"}),
        ({"unintended": "yes"}, "Why.", {"ask_opinion"}),
        ({"unintended": "perhaps", "opinion": "neither"}, "Why.", {"ask_unintended"}),
        (APPLIES, "  ", {"reason"}),
        (APPLIES, "x" * 2001, {"reason"}),
    ],
)
def test_a_decision_needs_every_answer_and_a_reason(as_, incident, standing, answers, reason, wrong):
    found = standing(incident)
    with as_("lead") as scope, pytest.raises(Invalid) as told:
        service.decide(scope, found.row.id, found.row.version, answers, reason)
    assert set(told.value.errors) == wrong
    assert standing(incident).state == "to_decide"


def test_two_people_deciding_at_once_conflict_and_nothing_is_lost(scopes, calder, as_, incident, standing):
    found = standing(incident)

    def decide(who):
        try:
            with as_(who) as scope:
                service.decide(scope, found.row.id, found.row.version, APPLIES, f"Decided by {who}.")
            return "kept"
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, ("lead", "manager"))) == ["conflict", "kept"]
    with as_("lead") as scope:
        assert len(scope.session.scalars(select(ObligationDecision)).all()) == 1


def test_a_step_is_recorded_meets_its_clock_and_the_last_one_completes(decided, recording, standing):
    for key in ("told_in_person", "apology", "written_notification"):
        recording(decided, key)
    found = standing(decided)
    (written,) = [one for one in found.steps if one.row.key == "written_notification"]
    assert written.clock.met_at == written.clock.started_at, "it was done before anybody asked for it"
    assert written.clock.evidence == "Note in the record."
    assert (found.state, found.due_at) == ("under_way", None)
    recording(decided, "results")
    assert standing(decided).state == "done"


def test_what_was_attempted_stands_in_the_place_of_what_could_not_be_done(decided, recording, standing):
    recording(decided, "attempts", evidence="Three letters and two calls, refused.")
    found = standing(decided)
    assert found.state == "done"
    states = {one.row.key: one.state for one in found.steps}
    assert states == dict.fromkeys(states, "covered") | {"attempts": "done"}
    assert [state_of(one.clock, found.row.closed_at) for one in found.steps if one.clock] == ["stopped"]


def test_steps_come_in_their_order(decided, recording, standing):
    assert {one.row.key: one.state for one in standing(decided).steps}["results"] == "waits"
    with pytest.raises(Invalid, match="Record this first: Written notification given"):
        recording(decided, "results")


@pytest.mark.parametrize(
    ("hours", "told", "field"),
    [
        (-1, {}, "done_at"),
        (4, {}, "done_at"),  # it happened three hours ago
        (1, {"evidence": " "}, "evidence"),
        (1, {"evidence": "x" * 2001}, "evidence"),
        (1, {"who_was_told": ""}, "who_was_told"),
        (1, {"who_was_told": "x" * 201}, "who_was_told"),
    ],
)
def test_a_step_needs_a_possible_day_and_its_evidence(decided, recording, standing, hours, told, field):
    with pytest.raises(Invalid) as wrong:
        recording(decided, "told_in_person", hours=hours, **told)
    assert set(wrong.value.errors) == {field}
    assert standing(decided).steps[0].state == "open"


def test_a_notice_needs_its_reference(as_, reported, recording, standing):
    incident = reported(extra={"obligations.events": {"police": True}})
    key = "obligations.cqc_police"
    found = standing(incident, key)
    assert found.state == "under_way", "nothing is asked: it applies"
    told = Done(incident.occurred_at + timedelta(hours=1), "Form sent.")
    with as_("lead") as scope, pytest.raises(Invalid, match="CQC reference"):
        service.record_step(scope, found.steps[0].row.id, found.row.version, told)
    with as_("lead") as scope:
        told = Done(incident.occurred_at + timedelta(hours=1), "Form sent.", reference="NOT-1")
        service.record_step(scope, found.steps[0].row.id, found.row.version, told)
    done = standing(incident, key)
    assert (done.state, done.steps[0].row.reference) == ("done", "NOT-1")


def test_an_exemption_is_kept_with_what_it_asks_to_be_recorded(as_, reported, standing):
    incident = reported(extra={"obligations.events": {"police": True}})
    found = standing(incident, "obligations.cqc_police")
    for key, reason, field in (("", "Told.", "exemption"), ("told_nhs_england", "", "exempt_reason")):
        with as_("lead") as scope, pytest.raises(Invalid) as wrong:
            service.exempt(scope, found.row.id, found.row.version, key, reason)
        assert set(wrong.value.errors) == {field}
    with as_("lead") as scope:
        service.exempt(scope, found.row.id, found.row.version, "told_nhs_england", "17 Nov, LFPSE 12-3")
    assert standing(incident, "obligations.cqc_police").state == "exempt"
    with as_("lead") as scope, pytest.raises(Conflict):
        version = standing(incident, "obligations.cqc_police").row.version
        service.exempt(scope, found.row.id, version, "told_nhs_england", "Again")


def test_it_is_opened_again_with_a_reason_and_its_clock_begins_anew(as_, incident, standing):
    found = standing(incident)
    with as_("lead") as scope:
        service.decide(scope, found.row.id, found.row.version, NOT_REQUIRED, "A bruise.")
    row = standing(incident).row
    with as_("lead") as scope, pytest.raises(Invalid, match="looked at again"):
        service.reopen(scope, row.id, row.version, " ")
    with as_("lead") as scope:
        service.reopen(scope, row.id, row.version, "The scan showed a fracture.")
    again = standing(incident)
    assert (again.state, again.row.closed_at) == ("to_decide", None)
    assert again.due_at is not None
    with as_("lead") as scope:
        kinds = [one.kind for one in queries.decisions(scope, row.id)]
    assert kinds == ["judged", "reopened"]
    with as_("lead") as scope, pytest.raises(Conflict):
        service.reopen(scope, row.id, again.row.version, "Once more.")


def test_a_step_recorded_wrongly_is_done_again_and_the_trail_keeps_what_it_said(
    as_, decided, recording, standing
):
    recording(decided, "told_in_person", evidence="In the wrong record.")
    row = standing(decided).row
    with as_("lead") as scope, pytest.raises(Invalid, match="steps that are done"):
        service.reopen(scope, row.id, row.version, "Wrong.", ["results"])
    with as_("lead") as scope:
        service.reopen(scope, row.id, row.version, "Wrong record.", ["told_in_person"])
        event = scope.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "obligation.reopened")
        ).one()
        assert "In the wrong record." in event.before["Told in person"]
    assert standing(decided).steps[0].row.done_at is None


def test_a_step_opened_again_takes_back_that_its_clock_was_met_and_another_begins(
    as_, decided, recording, standing, clock
):
    recording(decided, "told_in_person")
    recording(decided, "written_notification", evidence="Sent, copy kept.")
    first = written(standing(decided)).clock
    assert first.met_at is not None
    clock.move(timedelta(days=1))
    row = standing(decided).row
    with as_("lead") as scope:
        service.reopen(scope, row.id, row.version, "It went to the wrong address.", ["written_notification"])
    again = written(standing(decided))
    assert again.state == "open" and again.clock.id != first.id
    assert (again.clock.started_at, again.clock.met_at) == (clock.now(), None)
    assert standing(decided).due_at == again.clock.due_at
    with as_("lead") as scope:
        old = scope.session.get_one(Clock, (scope.tenant.id, first.id))
        assert (state_of(old, scope.now()), old.stop_reason) == ("stopped", "It went to the wrong address.")
        told = scope.session.scalars(select(AuditEvent).where(AuditEvent.action == "clock.taken_back")).one()
        assert told.before["evidence"] == "Sent, copy kept."
    row = standing(decided).row
    with as_("lead") as scope:
        service.decide(scope, row.id, row.version, APPLIES, "As before.")
    recording(decided, "written_notification", hours=0)
    assert written(standing(decided)).clock.met_at == clock.now()


def test_the_clock_of_a_step_is_met_and_stopped_by_the_step_alone(as_, decided, standing):
    found = written(standing(decided)).clock
    for by in ("", f"obligation-steps/{uuid4()}"):
        with as_("lead") as scope, pytest.raises(Conflict, match="another page"):
            clocks.meet(scope, found.id, found.version, scope.now(), "Sent.", by=by)
        with as_("lead") as scope, pytest.raises(Conflict, match="another page"):
            clocks.stop(scope, found.id, found.version, "Not owed.", by=by)
    with as_("lead") as scope:
        clocks.pause(scope, found.id, found.version, "The police asked us to wait.")
    assert standing(decided).due_at is None, "it stands still"


def written(standing):
    return next(one for one in standing.steps if one.row.key == "written_notification")


def test_a_letter_begins_with_plain_values_is_kept_and_stays_as_sent(as_, decided, recording, standing):
    found = standing(decided)
    step = next(one for one in found.steps if one.row.key == "written_notification")
    with as_("lead") as scope:
        one = scope.session.get_one(Incident, (scope.tenant.id, decided.id))
        begun = service.letter_begun(scope, one, step.step)
        assert decided.reference in begun and "Oak Ward" in begun and "18 November 2026" in begun
        assert "$" not in begun and "Slipped" not in begun
        row = service.write_letter(scope, step.row.id, found.row.version, "Dear all,\r\n\r\nWe are sorry.")
        version = row.version
    for words in ("", " ", "x" * 20_001):
        with as_("lead") as scope, pytest.raises(Invalid):
            service.write_letter(scope, step.row.id, version, words)
    with as_("lead") as scope, pytest.raises(Conflict):
        service.write_letter(scope, step.row.id, found.row.version, "Over it.")
    recording(decided, "told_in_person")
    recording(decided, "written_notification")
    found = standing(decided)
    kept = next(one for one in found.steps if one.row.key == "written_notification")
    assert kept.row.letter == "Dear all,\n\nWe are sorry."
    with as_("lead") as scope, pytest.raises(Conflict):
        service.write_letter(scope, step.row.id, found.row.version, "Another.")
    with as_("lead") as scope, pytest.raises(NotFound):
        service.write_letter(scope, found.steps[0].row.id, found.row.version, "No letter here.")


def test_nothing_is_recorded_before_it_is_decided(incident, recording):
    with pytest.raises(Conflict):
        recording(incident, "told_in_person")


@pytest.mark.parametrize(
    ("who", "confidential", "error"),
    [
        ("director", False, Forbidden),
        ("nurse", False, NotFound),
        ("beech", False, NotFound),
        ("admin", False, NotFound),
        ("manager", True, NotFound),
    ],
)
def test_only_who_triages_the_unit_decides_and_confidence_is_kept(
    as_, reported, standing, who, confidential, error
):
    incident = reported(physical_harm="moderate", confidential=confidential)
    found = standing(incident)
    with as_(who) as scope, pytest.raises(error):
        service.decide(scope, found.row.id, found.row.version, APPLIES, "Why.")


def test_the_list_reads_what_its_reader_may_and_pages_without_loss(as_, reported, standing, clock):
    mine = [reported(physical_harm="moderate") for _ in range(2)]
    reported("beech", physical_harm="moderate")
    reported(physical_harm="moderate", confidential=True)
    expected = {"lead": 4, "manager": 2, "beech": 1, "director": 3, "nurse": 0, "admin": 0}
    for who, count in expected.items():
        with as_(who) as scope:
            rows = queries.listed(scope, queries.Filter("")).rows
            assert sum(one.row.duty_key == CANDOUR for one, _ in rows) == count, who
    with as_("lead") as scope:
        undecided = queries.listed(scope, queries.Filter("to_decide")).rows
        assert {one.state for one, _ in undecided} == {"to_decide"}
        assert not queries.listed(scope, queries.Filter("done")).rows
        assert not queries.listed(scope, queries.Filter("late")).rows
        clock.move(timedelta(days=20))
        late = queries.listed(scope, queries.Filter("late")).rows
        assert {one.late for one, _ in late} == {True}
        assert {incident.id for _, incident in late} >= {one.id for one in mine}
        with pytest.raises(NotFound):
            queries.listed(scope, queries.Filter(), "rubbish")
        with pytest.raises(NotFound):
            queries.find(scope, uuid4())


def test_pages_of_the_list_neither_repeat_nor_lose(as_, reported, monkeypatch):
    for _ in range(3):
        reported(physical_harm="severe")
    monkeypatch.setattr(queries, "PAGE", 2)
    with as_("lead") as scope:
        whole = [one.row.id for one, _ in queries.every(scope, queries.Filter())]
        seen, before = [], None
        while True:
            page = queries.listed(scope, queries.Filter(), before)
            seen += [one.row.id for one, _ in page.rows]
            assert page.count == len(whole)
            if page.older is None:
                break
            before = page.older
    assert seen == whole
    assert len(whole) > 5

"""Whatever is sent to whatever address, the answer is a 4xx or a page that names the field: never a 500.

What there is to ask comes from the URL map and from watching what each address reads, so that a new address
is asked the day it appears.
"""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import structlog
from flask import got_request_exception
from sqlalchemy import select
from tests.conftest import PASSWORD, Browser
from tests.isolation.conftest import fill, stranger
from tests.web import sweeping
from tests.web.sweeping import CURSORS, RUBBISH

from throughline.accounts.models import User
from throughline.actions import service as actions
from throughline.actions.schemas import Declaration
from throughline.app import create_app
from throughline.incidents import queries, service
from throughline.kernel.actor import SYSTEM, Actor
from throughline.learning import service as learning
from throughline.reviews import service as reviews

FIXED = {
    "tenant": "calder",
    "commissioner": "west-moors",
    "category": "self_harm",
    "filename": "dist/app.css",
    "rule_key": "psirf.severe_harm",
    "act": "retire",
    "month": "2026-10",
    "kind": "review",
    "record_id": "0190a000-0000-7000-8000-000000000003",
    "gap": "review-late",
    "theme": "communication",
}
NEVER_THERE = {"publication_id": "0190a000-0000-7000-8000-000000000002"}
STAGES = {"evidence.document": "draft"}
MANY_ADDRESSES, MANY_FORMS = 40, 30


@pytest.fixture
def records(scopes):
    """One of everything in calder, with its forms still open to be sent."""
    values = fill(scopes, "calder").values
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM, "test") as scope:
        lead = scope.session.scalars(select(User).where(User.email == "lead@calder.test")).one()
        scope.actor = Actor(lead.id, lead.name, unlimited=True)
        told, due = queries.by_reference(scope, values["reference"]), scope.today() + timedelta(days=20)
        report = {"unit_id": told.unit_id, "occurred_at": told.occurred_at, "category": "self_harm"}
        words = {"what_happened": "Words.", "physical_harm": "low", "psychological_harm": "none"}
        fresh = service.report(scope, service.Report(submission_key=uuid4(), **report, **words)).incident
        opening = ("Words", "mdt", "seips.work_system", lead.id, due, (told.id,), uuid4())
        review = reviews.open_review(scope, reviews.Opening(*opening))
        factor = reviews.add_factor(scope, review.id, "communication", "barrier", "Words.")
        draft = learning.write(scope, learning.Words(*["Words"] * 4), [UUID(values["review_id"])])
        baseline = (date(2025, 10, 1), date(2026, 9, 30), due + timedelta(days=9))
        wanted = Declaration("Words", "Words", "self_harm", told.unit_id, "lower", *baseline)
        measure = actions.declare(scope, wanted, [UUID(values["action_id"])])
        measure.review_on = scope.today()
        opened = {
            "incident_id": fresh.id,
            "review_id": review.id,
            "factor_id": factor.id,
            "learning_id": draft.id,
            "measure_id": measure.id,
            "key": uuid4(),
        }
    return {**FIXED, **NEVER_THERE, **values, **{name: str(value) for name, value in opened.items()}}


@pytest.fixture(autouse=True)
def quiet():
    """Leave the log's colours and tracebacks out: the sweep says itself what fell over, and is quicker."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


class Swept:
    """The app under the sweep, who asks it, and what was wrong with the answers."""

    def __init__(self, settings, scopes, records):
        self.app = create_app(settings, scopes)
        self.permissions = {
            name: getattr(view, "permission", None) for name, view in self.app.view_functions.items()
        }
        self.asked = sweeping.prepare(self.app)
        self.records = records
        self.wrong, self.raised = [], []
        got_request_exception.connect(self._note, self.app)
        self.count = 0
        self._people = {}

    def _note(self, _app, exception):
        self.raised.append(f"{type(exception).__name__}: {str(exception)[:150]}")

    def person(self, rule):
        """Return the signed-in client of somebody who may ask an address, and their token."""
        email = sweeping.who_may(self.app, rule, self.permissions)
        if email not in self._people:
            browser = Browser(self.app.test_client())
            browser.post("/sign-in", {"email": email, "password": PASSWORD})
            self._people[email] = (browser.client, browser.token())
        return self._people[email]

    def address(self, rule):
        stage = STAGES.get(rule.endpoint, "what_happened")
        return sweeping.address(self.app, rule, {"stage": stage, **self.records})

    def see(self, answer, what):
        """Hold an answer against what every answer has to be."""
        self.count += 1
        if answer.status_code >= 500:
            self.wrong.append(f"{what}: {answer.status_code} {self.raised[-1:]}")
        elif answer.status_code == 422:
            page = answer.get_data(as_text=True)
            read = sweeping.read_page(page)
            targets = sweeping.targets(page)
            lost = [target for target in targets if target not in read.ids]
            told = any(word in page for word in ("nhsuk-error-summary", "tl-error-list", "Not yet ready"))
            if not told:
                self.wrong.append(f"{what}: 422 and no field is named")
            elif lost:
                self.wrong.append(f"{what}: leads to {lost}, which the page has not")
        answer.close()
        return answer


@pytest.fixture
def swept(settings, scopes, records):
    return Swept(settings, scopes, records)


def test_every_address_that_reads_answers_rubbish_without_falling_over(swept):
    rules = list(sweeping.rules(swept.app, "GET"))
    assert len(rules) > MANY_ADDRESSES
    for rule in rules:
        client, _ = swept.person(rule)
        good = swept.address(rule)
        swept.see(client.get(good), good)
        for name in sorted(rule.arguments):
            for kind, value in sweeping.kinds_for(rule, name).items():
                marked = sweeping.address(
                    swept.app, rule, {"stage": "draft", **swept.records, name: sweeping.mark_for(rule, name)}
                )
                path = marked.replace(sweeping.mark_for(rule, name), sweeping.encoded(value))
                answer = swept.see(client.get(path), f"{rule.rule} with {name} as {kind}")
                if answer.status_code == 200:
                    swept.wrong.append(f"{rule.rule} shows a page for {name} as {kind}")
        for name in sorted(swept.asked[rule.endpoint]):
            for kind, value in {**RUBBISH, **CURSORS}.items():
                path = f"{good}?{name}={sweeping.encoded(value)}"
                swept.see(client.get(path), f"{rule.rule}?{name}= {kind}")
            swept.see(client.get(f"{good}?{name}=1&{name}=2&{name}[]=3&{name}"), f"{rule.rule}?{name} twice")
    assert swept.wrong == [], "\n".join(swept.wrong)
    assert {"before", "state", "q"} <= swept.asked["incidents.queue"], "the watching sees what is read"


def forms_of(swept):
    """Return the fields of every form that a page shows, by the address it is sent to."""
    found = {}
    for rule in sweeping.rules(swept.app, "GET"):
        client, _ = swept.person(rule)
        address = swept.address(rule)
        for query in ("", f"?draft={uuid4()}", f"?incident={swept.records['incident_id']}"):
            page = client.get(address + query)
            if page.mimetype == "text/html":
                for form in sweeping.read_page(page.get_data(as_text=True)).found:
                    found.setdefault(form.action, form.fields)
            page.close()
            if page.status_code == 200 and not {"draft", "incident"} & swept.asked[rule.endpoint]:
                break
    return found


def test_every_form_answers_rubbish_with_the_field_it_is_in(swept):
    forms = forms_of(swept)
    assert len(forms) > MANY_FORMS
    for rule in sweeping.rules(swept.app, "POST"):
        client, token = swept.person(rule)
        path = swept.address(rule)
        if rule.endpoint in ("accounts.sign_out", "accounts.end_sessions"):
            continue  # they end the session that asks; test_signing_in sends them rubbish
        fields = {name: value for name, value in forms.get(path, {}).items() if name != "csrf_token"}
        swept.see(sweeping.send(client, path, [], token), f"{rule.rule} empty")
        names = sorted({*fields, *swept.asked[rule.endpoint]} - {"csrf_token"})
        good = {name: value.encode() for name, value in fields.items()}
        swept.see(sweeping.send_files(client, path, names, token), f"{rule.rule} with files")
        json = {"content_type": "application/json", "headers": {"X-CSRFToken": token}}
        swept.see(client.post(path, data=b'{"broken": ', **json), f"{rule.rule} with broken JSON")
        swept.see(client.post(path, data=b"\xff", content_type="a/b"), f"{rule.rule} of no type")
        twice = [(name, value) for name, value in good.items() for value in (b"", value, b"\xff")]
        swept.see(sweeping.send(client, path, twice, token), f"{rule.rule} with each field thrice")
        for kind, value in RUBBISH.items():
            every = [(name, value) for name in names]
            swept.see(sweeping.send(client, path, every, token), f"{rule.rule} all {kind}")
        for name in names:
            for kind, value in sweeping.kinds_beside(fields.get(name)):
                one = list({**good, name: value}.items())
                swept.see(sweeping.send(client, path, one, token), f"{rule.rule} with {name} as {kind}")
    assert swept.wrong == [], "\n".join(swept.wrong)


def test_a_record_of_another_tenant_is_the_same_page_as_none(swept, scopes):
    marked = fill(scopes, "hollins")
    theirs, nobodys = {**swept.records, **marked.values}, {**swept.records, **stranger(marked)}
    compared = 0
    for method in ("GET", "POST"):
        for rule in sweeping.rules(swept.app, method):
            swappable = rule.arguments & (set(marked.values) - {"key"})
            if not swappable or "tenant" not in rule.arguments:
                continue
            client, token = swept.person(rule)
            answers = []
            for values in (theirs, nobodys):
                path = sweeping.address(swept.app, rule, {"stage": "what_happened", **values})
                ask = client.get(path) if method == "GET" else sweeping.send(client, path, [], token)
                answers.append((ask.status_code, sweeping.without_chance(ask.get_data(as_text=True))))
            assert answers[0] == answers[1], rule.rule
            assert answers[0][0] == 404, (method, rule.rule, answers[0][0])
            compared += 1
    assert compared > MANY_FORMS

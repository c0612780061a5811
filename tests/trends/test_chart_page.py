"""One chart's page: set by a governance lead, with targets, baselines, and new limits that keep their reason."""

import io
import re
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from tests.trends.test_pages import LEAD, MANAGER, NURSE, TRENDS, oak, page_of  # noqa: F401 - a fixture

from throughline.audit.models import AuditEvent
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.trends.models import ChartSetting

PAGE = f"{TRENDS}/month/chart?unit=oak&category=self_harm"
READING = {"target": "12.5", "target_of": "rate", "direction": "decrease", "baseline": "12", "version": "0"}


def sent(client_for, email, path, form):
    """Send a form as somebody; return the page it leads to, and the first answer's status."""
    client = client_for(email)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).get_data(as_text=True))
    answer = client.post(path, data=form | {"csrf_token": token.group(1) if token else ""})
    text = answer.get_data(as_text=True)
    if answer.status_code == 302:
        text = client.get(answer.headers["Location"]).get_data(as_text=True)
    return answer.status_code, text


@pytest.mark.usefixtures("oak")
def test_a_target_is_drawn_said_and_remembered(client_for, scopes, calder):
    status, text = sent(client_for, LEAD, PAGE, READING)
    assert status == 302 and "The chart is set." in text
    assert "target 12.5" in text and 'value="12.5"' in text
    assert "Target out of reach" in text  # of the limits of the first twelve months
    with scopes.tenant(calder, SYSTEM) as scope:
        event = scope.session.scalars(select(AuditEvent).where(AuditEvent.action == "chart.set")).one()
    assert event.after["target"] == 12.5 and event.before["target"] is None


@pytest.mark.usefixtures("oak")
def test_a_target_of_incidents_is_not_drawn_over_a_rate(client_for):
    _, text = sent(client_for, LEAD, PAGE, READING | {"target_of": "count"})
    assert "is of incidents, and the chart shows a rate, so it is not drawn" in text
    assert "target 12.5" not in text


@pytest.mark.usefixtures("oak")
def test_new_limits_begin_with_a_reason_and_can_be_taken_back(client_for):
    form = {"on": "2026-03-01", "reason": "Handover at the bedside", "version": "0"}
    path = PAGE.replace("chart?", "chart/rebase?")
    status, text = sent(client_for, LEAD, path, form)
    assert status == 302
    assert "earlier mean" in text and "Handover at the bedside" in text and "trial limits" in text
    status, text = sent(client_for, LEAD, path, form | {"version": "2"})
    assert status == 422 and "New limits begin on this day already" in text
    assert "Handover at the bedside</textarea>" in text  # nothing typed is lost
    undo = PAGE.replace("chart?", "chart/rebase/undo?")
    status, text = sent(client_for, LEAD, undo, {"on": "2026-03-01", "version": "2"})
    assert status == 302 and "The limits run through again." in text and "earlier mean" not in text


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"target": "many"}, "target", "Write the target as a number"),
        ({"target": "nan"}, "target", "from 0 to 1,000,000"),
        ({"target": "-3"}, "target", "from 0 to 1,000,000"),
        ({"direction": "up"}, "direction", "Choose which way is better"),
        ({"baseline": "11"}, "baseline", "12 to 120 points"),
        ({"baseline": "٣"}, "baseline", "Write how many points"),
        ({"target_of": "x"}, "target", "of incidents or of a rate"),
    ],
)
@pytest.mark.usefixtures("oak")
def test_what_cannot_be_set_is_named_at_its_field(client_for, form, field, words):
    status, text = sent(client_for, LEAD, PAGE, READING | form)
    assert status == 422 and words in text and f'href="#{field}"' in text and f'id="{field}"' in text


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"on": ""}, "on", "Choose the first day"),
        ({"on": "2026-12-24"}, "on", "cannot begin after today"),
        ({"reason": " "}, "reason", "Say what changed"),
        ({"reason": "x" * 501}, "reason", "500 letters or fewer"),
    ],
)
@pytest.mark.usefixtures("oak")
def test_new_limits_without_a_day_or_a_reason_are_refused(client_for, form, field, words):
    path = PAGE.replace("chart?", "chart/rebase?")
    good = {"on": "2026-03-01", "reason": "Handover", "version": "0"}
    status, text = sent(client_for, LEAD, path, good | form)
    assert status == 422 and words in text and f'href="#{field}"' in text


@pytest.mark.usefixtures("oak")
def test_of_two_who_set_it_at_once_the_second_is_shown_the_first(client_for, scopes, calder):
    sent(client_for, LEAD, PAGE, READING)
    _, text = sent(client_for, LEAD, PAGE, READING | {"target": "3"})
    assert "Somebody set this chart since you opened it" in text
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(ChartSetting.target)).all() == [12.5]


@pytest.mark.usefixtures("oak")
def test_only_a_governance_lead_sets_it(client_for):
    assert "Set the chart" not in page_of(client_for, MANAGER, PAGE)
    assert sent(client_for, MANAGER, PAGE, READING)[0] == 403
    assert client_for(NURSE).get(PAGE).status_code == 403


@pytest.mark.usefixtures("oak")
def test_a_chart_comes_as_a_drawing_and_as_a_picture(client_for):
    answer = client_for(LEAD).get(f"{TRENDS}/months.svg?unit=oak&category=self_harm")
    assert answer.mimetype == "image/svg+xml" and b"Self-harm, Oak Ward" in answer.data
    answer = client_for(LEAD).get(f"{TRENDS}/months.png?unit=oak&category=self_harm")
    picture = Image.open(io.BytesIO(answer.data)).convert("RGB")
    assert picture.format is None and picture.width == 680 * 3
    colours = {colour for _, colour in picture.getcolors(1 << 20)}
    assert {(0x0B, 0x55, 0x63), (0xF3, 0xEF, 0xE8)} <= colours  # points, and the band of the limits


def test_a_setting_of_a_place_is_not_anothers(scopes, calder, hollins):
    with scopes.tenant(calder, SYSTEM) as scope:
        unit = tree(scope).by_key("oak").id
        rebases = [
            {"on": (date(2026, 3, 1) + timedelta(days=1)).isoformat(), "reason": "r", "by": "b", "at": ""}
        ]
        scope.session.add(ChartSetting(unit_id=unit, category="", every="month", target=1.0, rebases=rebases))
    with scopes.tenant(hollins, SYSTEM) as scope:
        assert scope.session.scalars(select(ChartSetting)).all() == []

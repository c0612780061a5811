"""Denominators are entered day by day or brought in a file, by whoever answers for the unit, and audited."""

import io
from datetime import date

import pytest
from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.trends.models import UnitDay

HERE = "/t/calder/trends/occupied"


@pytest.fixture
def figures(scopes):
    """Return a function that gives what is stored for a tenant, by unit key and day."""

    def read(slug="calder"):
        with scopes.tenant(scopes.find_tenant(slug), SYSTEM) as scope:
            units = tree(scope).units
            return {
                (units[row.unit_id].key, row.day): row.occupied
                for row in scope.session.scalars(select(UnitDay))
            }

    return read


def upload(browser, text):
    file = (io.BytesIO(text.encode()), "figures.csv")
    return browser.post(
        f"{HERE}/file", {"file": file}, content_type="multipart/form-data", follow_redirects=True
    )


def test_a_month_is_entered_day_by_day_and_gaps_stay_visible(client_for, figures, scopes):
    manager = client_for("manager@calder.test")
    answer = manager.post(
        f"{HERE}/oak/2026-11",
        {"2026-11-01": "16", "2026-11-02": " 17 ", "2026-11-30": "9"},
        follow_redirects=True,
    )
    assert "2 figures are recorded." in answer.get_data(as_text=True)
    assert figures() == {("oak", date(2026, 11, 1)): 16, ("oak", date(2026, 11, 2)): 17}
    page = manager.get(HERE).get_data(as_text=True)
    assert "16 of 18 missing" in page and "Beech" not in page
    manager.post(f"{HERE}/oak/2026-11", {"2026-11-01": "15"})
    assert figures() == {("oak", date(2026, 11, 1)): 15}
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        events = scope.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "occupied.recorded")
        ).all()
    assert [(one.before, one.after) for one in events][-1] == (
        {"2026-11-01": 16, "2026-11-02": 17},
        {"2026-11-01": 15, "2026-11-02": None},
    )
    assert events[-1].actor_name == "Joe Barnes"


def test_the_same_month_again_changes_nothing(client_for, figures):
    manager = client_for("manager@calder.test")
    for _ in range(2):
        answer = manager.post(f"{HERE}/oak/2026-10", {"2026-10-31": "16"}, follow_redirects=True)
    assert "Nothing changed" in answer.get_data(as_text=True)
    assert figures() == {("oak", date(2026, 10, 31)): 16}


def test_wrong_figures_are_named_by_their_day_and_nothing_typed_is_lost(client_for, figures):
    answer = client_for("manager@calder.test").post(
        f"{HERE}/oak/2026-11", {"2026-11-01": "sixteen", "2026-11-02": "17"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "1 November: “sixteen” is not a whole number from 0 to 10,000" in page
    assert 'value="sixteen"' in page and 'value="17"' in page
    assert figures() == {}


def test_a_file_is_recorded_whole(client_for, figures):
    lead = client_for("lead@calder.test")
    answer = upload(lead, "unit,day,occupied\noak,2026-11-01,16\nBeech Ward,02/11/2026,19\n")
    assert "2 figures are recorded." in answer.get_data(as_text=True)
    assert figures() == {("oak", date(2026, 11, 1)): 16, ("beech", date(2026, 11, 2)): 19}


def test_of_a_file_with_a_wrong_line_nothing_is_recorded(client_for, figures):
    answer = upload(
        client_for("lead@calder.test"), "unit,day,occupied\noak,2026-11-01,16\noak,2026-11-02,x\n"
    )
    assert answer.status_code == 422
    assert "Line 3: “x” is not a whole number" in answer.get_data(as_text=True)
    assert figures() == {}


def test_a_manager_enters_for_their_own_unit_only(client_for, figures):
    manager = client_for("manager@calder.test")
    assert manager.get(f"{HERE}/beech/2026-11").status_code == 403
    assert manager.post(f"{HERE}/beech/2026-11", {"2026-11-01": "1"}).status_code == 403
    answer = upload(manager, "unit,day,occupied\nbeech,2026-11-01,16\n")
    assert answer.status_code == 422 and "“beech” is none of your units" in answer.get_data(as_text=True)
    assert figures() == {}


def test_another_providers_unit_is_none_of_theirs(client_for, figures):
    lead = client_for("lead@calder.test")
    assert lead.get(f"{HERE}/larch-house/2026-11").status_code == 404
    assert upload(lead, "unit,day,occupied\nlarch-house,2026-11-01,3\n").status_code == 422
    assert figures() == figures("hollins") == {}


@pytest.mark.parametrize("month", ["2026-13", "2026-12", "1999-12", "2026-1", "november", "2026-11-01"])
def test_a_month_that_cannot_be_entered_is_not_found(client_for, month):
    assert client_for("lead@calder.test").get(f"{HERE}/oak/{month}").status_code == 404


def test_no_file_is_said(client_for):
    answer = client_for("lead@calder.test").post(f"{HERE}/file", {})
    assert answer.status_code == 422 and "Choose a file with figures in it" in answer.get_data(as_text=True)


@pytest.mark.parametrize("email", ["nurse@calder.test", "director@calder.test", "consultant@calder.test"])
def test_who_plans_nothing_enters_nothing(client_for, email):
    assert client_for(email).get(HERE).status_code == 403

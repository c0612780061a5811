"""What is pasted into the workbench with characters that nobody sees is kept, and named in words."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from throughline.kernel.actor import SYSTEM
from throughline.rules.workbench import reading
from throughline.rules.workbench.models import RuleVersion


@pytest.mark.parametrize(
    ("put", "said"),
    [
        ("\x07", "This character cannot stand in a text"),
        ("\x1b[31m", "This character cannot stand in a text"),
        ("\u202e", "U+202E cannot stand in a text"),
        ("\u2066", "U+2066 cannot stand in a text"),
    ],
)
def test_a_text_with_hidden_characters_is_kept_and_named_and_does_not_go_live(client_for, scopes, put, said):
    browser = client_for("consultant@calder.test")
    text = reading.TEMPLATE.replace("title: ", f"title: A{put}", 1)
    checked = browser.post("/t/calder/rules/check", {"text": text})
    assert (checked.status_code, said in checked.get_data(as_text=True)) == (200, True)
    kept = browser.post("/t/calder/rules/new", {"text": text, "note": "", "draft_id": str(uuid4())})
    assert kept.status_code == 302
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        (draft,) = scope.session.scalars(select(RuleVersion))
        assert put in draft.text, "nothing typed is lost"
    page = browser.get(kept.location).get_data(as_text=True)
    assert said in page
    assert browser.post(f"{kept.location}/live").status_code in (404, 422)
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        assert scope.session.scalars(select(RuleVersion.status)).all() == ["draft"]


def test_a_nul_is_left_out_for_no_text_can_hold_it(client_for, scopes):
    browser = client_for("consultant@calder.test")
    text = reading.TEMPLATE.replace("title: ", "title: A\0", 1)
    kept = browser.post("/t/calder/rules/new", {"text": text, "note": "\0", "draft_id": str(uuid4())})
    assert kept.status_code == 302
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        (draft,) = scope.session.scalars(select(RuleVersion))
        assert "\0" not in draft.text
        assert "title: A" in draft.text

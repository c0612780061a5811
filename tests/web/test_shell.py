"""Headers, error pages, navigation, words and dates: the manners of every page."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from throughline.kernel.errors import Misconfigured
from throughline.web import assets, dates, wording
from throughline.web.navigation import Place, frame_for

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)


def test_every_page_carries_the_strict_headers(gallery: Flask) -> None:
    answer = gallery.test_client().get("/page/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers, "the gallery is not served over TLS"


def test_a_page_holds_no_inline_script_style_or_handler(gallery: Flask, gallery_module: object) -> None:
    client = gallery.test_client()
    for name in gallery_module.PAGES:  # type: ignore[attr-defined]
        text = client.get(f"/page/{name}").text
        assert "<style" not in text and " style=" not in text
        assert text.count("<script") == text.count("<script defer src=") + text.count(
            '<script type="module" src='
        )
        assert " onclick=" not in text and "javascript:" not in text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_an_error_page_has_its_status_kind_words_and_a_reference(gallery: Flask, status: int) -> None:
    answer = gallery.test_client().get(f"/error/{status}")
    assert answer.status_code == status
    assert answer.headers["X-Request-Id"] in answer.text
    for harsh in ("invalid", "illegal", "fatal", "Traceback", "narrative", "Exception"):
        assert harsh not in answer.text


def test_a_listed_problem_says_how_to_put_it_right(gallery: Flask) -> None:
    assert "Choose a day that is not in the future." in gallery.test_client().get("/error/422").text


def test_a_program_gets_its_error_as_json(gallery: Flask) -> None:
    answer = gallery.test_client().get("/error/422", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["errors"] == {"occurred_at": ["Choose a day that is not in the future."]}


def test_a_part_of_a_page_gets_its_error_as_a_part(gallery: Flask) -> None:
    answer = gallery.test_client().get("/error/409", headers={"HX-Request": "true"})
    assert answer.status_code == 409 and "<html" not in answer.text and "tl-notice" in answer.text


def test_the_bottom_bar_of_a_phone_has_three_entries_beside_more() -> None:
    for role in ("reporter", "unit_manager", "governance_lead", "executive", "administrator"):
        frame = frame_for(Place("Calder", "/t/calder"), "Somebody", (role,), "/t/calder/")
        assert [item.key for item in frame.bottom] == ["home", "report", "inbox"]
        assert frame.side[0].current and not any(item.current for item in frame.side[1:])


def test_a_role_sees_only_where_it_may_go() -> None:
    def keys(*roles: str) -> list[str]:
        frame = frame_for(Place("Calder", "/t/calder"), "Somebody", roles, "/t/calder/rules/7", inbox_count=4)
        return [item.key for item in frame.side]

    assert keys("reporter") == ["home", "inbox", "incidents", "learning", "actions"]
    assert "rules" in keys("consultant") and "settings" not in keys("consultant")
    assert {"people", "settings"} <= set(keys("administrator"))
    assert keys() == []


@pytest.mark.parametrize(
    ("email", "seen"),
    [
        ("nurse@calder.test", "Learning"),
        ("manager@calder.test", "Reviews"),
        ("lead@calder.test", "Evidence"),
        ("consultant@calder.test", "Rules"),
        ("admin@calder.test", "Set-up"),
    ],
)
def test_no_entry_of_the_navigation_refuses_whom_it_is_shown_to(client_for, email: str, seen: str) -> None:
    browser = client_for(email)
    home = browser.get("/t/calder/").text
    side = home.split('<nav class="tl-side"')[1].split("</nav>")[0]
    assert seen in side
    for address in re.findall(r'href="([^"]+)"', side):
        assert browser.get(address).status_code == 200, f"{email} is refused {address}"


def test_an_entry_is_marked_below_its_own_address_only() -> None:
    frame = frame_for(Place("Calder", "/t/calder"), "Somebody", ("consultant",), "/t/calder/rules/7")
    assert [item.key for item in frame.side if item.current] == ["rules"]


def test_an_entry_that_leads_nowhere_is_left_out() -> None:
    frame = frame_for(
        Place("Calder", "/t/calder"),
        "Somebody",
        ("reporter",),
        "/t/calder/",
        leads_somewhere=lambda a: "learn" not in a,
    )
    assert "learning" not in [item.key for item in frame.side]


def test_a_commissioner_has_no_way_to_report() -> None:
    frame = frame_for(
        Place("West Moors", "/c/wm", "commissioner"), "Helen", ("commissioner",), "/c/wm/evidence"
    )
    assert frame.report is None and frame.inbox is None
    assert [item.key for item in frame.bottom] == ["home", "evidence", "queries"]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=20), "2 weeks"),
        (timedelta(days=70), "2 months"),
        (timedelta(days=800), "2 years"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(span: timedelta, words: str) -> None:
    assert dates.span_text(span) == words
    assert dates.span_text(-span) == words


def test_a_clock_says_how_long_is_left_or_how_late_it_is() -> None:
    assert dates.countdown(NOON + timedelta(days=3), NOON) == dates.Countdown("calm", "3 days left")
    assert dates.countdown(NOON + timedelta(hours=2), NOON) == dates.Countdown("soon", "2 hours left")
    assert dates.countdown(NOON - timedelta(hours=5), NOON) == dates.Countdown("late", "Late by 5 hours")


def test_a_moment_is_told_with_an_english_month_in_the_readers_zone() -> None:
    assert dates.moment_text(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), LONDON) == "1 Jul 2026, 00:30"
    assert dates.local_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), LONDON) == date(2026, 7, 1)
    assert dates.age_text(NOON, NOON) == "just now"
    assert dates.age_text(NOON + timedelta(hours=2), NOON) == "in 2 hours"


def test_counts_and_shares_are_honest() -> None:
    assert wording.count_text(1, "incident") == "1 incident"
    assert wording.count_text(1204, "reply", "replies") == "1,204 replies"
    assert wording.percent_text(999, 1000) == "99%"
    assert wording.percent_text(1, 1000) == "1%"
    assert wording.percent_text(0, 10) == "0%"
    assert wording.percent_text(0, 0) == "–"


def test_an_unknown_key_is_still_shown_in_words() -> None:
    assert wording.status("waiting_for_panel") == wording.Status("Waiting for panel", "neutral")
    assert wording.role_word("night_coordinator") == "Night coordinator"
    assert wording.harm_status("severe", "physical") == wording.Status("Severe physical harm", "late")


def test_assets_that_were_never_built_say_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assets.manifest.cache_clear()
    with pytest.raises(Misconfigured, match=r"python -m throughline\.web\.assets"):
        assets.asset_path("throughline.css")
    assets.manifest.cache_clear()


def test_a_machine_without_node_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Misconfigured, match="nodejs"):
        assets.npm_command()


def test_the_style_holds_nothing_that_is_not_ours_to_use() -> None:
    css = (assets.DIST / Path(assets.asset_path("throughline.css")).name).read_text(encoding="utf-8").lower()
    for forbidden in ("frutiger", "assets.nhs.uk", "#005eb8", "http://", "https://"):
        assert forbidden not in css
    for weight in assets.FONT_WEIGHTS:
        assert assets.font_file(weight).read_bytes()[:4] == b"wOF2"

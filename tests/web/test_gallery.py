"""Every mock page in real Chromium: nothing axe objects to, nothing wider than the screen, no broken rule."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = [(360, 800), (1280, 900)]
NARROWEST = {"width": 320, "height": 640}
MAIN_TARGET = 44
SMALLEST_TARGET = 24

# A link inside a sentence or a label's hidden box may be smaller: WCAG 2.2, 2.5.8, the inline exception.
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, summary, input, select, textarea, label')]
  .filter(e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.type !== 'hidden')
  .filter(e => !e.closest('p, .nhsuk-skip-link, .nhsuk-error-summary, label') || e.matches('.nhsuk-button'))
  .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && (box.width < SIZE || box.height < SIZE))
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""


def _names() -> list[str]:
    templates = Path(__file__).parent / "gallery" / "templates"
    return sorted(path.stem for path in templates.glob("[a-z]*.html") if path.stem != "contents")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}px")
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    yield context.new_page()
    context.close()


def _complaints(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags})", RULES)
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found["violations"]]


def test_the_gallery_shows_every_page_it_has(gallery_module: ModuleType) -> None:
    assert sorted(gallery_module.PAGES) == _names()


@pytest.mark.parametrize("name", _names())
def test_a_page_is_accessible_and_fits_and_breaks_no_rule(
    page: Page, gallery_address: str, name: str
) -> None:
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{gallery_address}/page/{name}")
    page.wait_for_selector("body.js-enabled")

    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert _complaints(page) == []
    assert said == [], "a blocked or missing file, or a script's error"
    assert page.evaluate(SMALL_TARGETS.replace("SIZE", str(SMALLEST_TARGET))) == []


def test_every_page_fits_the_narrowest_screen(chromium: Browser, gallery_address: str) -> None:
    context = chromium.new_context(viewport=NARROWEST)  # type: ignore[arg-type]
    page = context.new_page()
    too_wide = []
    for name in _names():
        page.goto(f"{gallery_address}/page/{name}")
        if page.evaluate("document.documentElement.scrollWidth") > NARROWEST["width"]:
            too_wide.append(name)
    context.close()
    assert too_wide == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
def test_an_error_page_is_accessible_and_fits(page: Page, gallery_address: str, status: int) -> None:
    answer = page.goto(f"{gallery_address}/error/{status}")

    assert answer is not None and answer.status == status
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert _complaints(page) == []


@pytest.fixture
def phone(chromium: Browser, gallery_address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 800}, base_url=gallery_address)
    yield context.new_page()
    context.close()


@pytest.fixture
def desktop(chromium: Browser, gallery_address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=gallery_address)
    yield context.new_page()
    context.close()


def test_the_main_ways_on_a_phone_are_a_thumb_wide(phone: Page) -> None:
    phone.goto("/page/home-nurse")
    for target in phone.locator(".tl-bottom__link, main .nhsuk-button").all():
        box = target.bounding_box()
        assert box is not None
        assert box["width"] >= MAIN_TARGET and box["height"] >= MAIN_TARGET


def test_the_open_sheet_and_menu_are_accessible(phone: Page) -> None:
    phone.goto("/page/home-lead")
    phone.click(".tl-bottom__more > summary")
    assert phone.locator(".tl-sheet").is_visible()
    assert _complaints(phone) == []
    phone.keyboard.press("Escape")
    assert not phone.locator(".tl-sheet").is_visible()
    phone.click(".tl-menu--person > summary")
    assert _complaints(phone) == []


def test_a_queue_is_walked_and_selected_by_keyboard(desktop: Page) -> None:
    desktop.goto("/page/queue")
    desktop.wait_for_selector("body.js-enabled")
    for key in "jjk":
        desktop.keyboard.press(key)
    assert desktop.evaluate("document.activeElement.textContent") == "CV-2026-04183"
    assert not desktop.locator(".tl-bulk").is_visible()

    desktop.keyboard.press("x")

    assert desktop.locator(".tl-bulk").is_visible()
    assert desktop.locator("[data-tl-bulk-count]").inner_text() == "1 selected"
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/page/incident")


def test_letters_typed_in_a_filter_do_not_walk_the_queue(desktop: Page) -> None:
    desktop.goto("/page/queue")
    desktop.click(".tl-filters__box > summary")
    desktop.fill("#filter-q", "")
    desktop.type("#filter-q", "jx")
    assert desktop.input_value("#filter-q") == "jx"
    assert not desktop.locator(".tl-bulk").is_visible()


def test_a_draft_is_saved_while_it_is_typed(desktop: Page) -> None:
    desktop.goto("/page/report")
    desktop.wait_for_selector("body.js-enabled")
    with desktop.expect_response("**/drafts") as sent:
        desktop.fill("#narrative", "The person slipped near the door.")
    assert sent.value.status == 204
    expect(desktop.locator("[data-tl-saved]")).to_contain_text("Saved ")


def test_a_draft_that_cannot_be_saved_says_that_nothing_is_gone(desktop: Page) -> None:
    desktop.route("**/drafts", lambda route: route.abort())
    desktop.goto("/page/report")
    desktop.wait_for_selector("body.js-enabled")
    desktop.fill("#narrative", "The person slipped near the door.")
    expect(desktop.locator("[data-tl-saved]")).to_contain_text("Not saved yet")
    assert desktop.input_value("#narrative") == "The person slipped near the door."


def test_the_error_summary_leads_to_each_field(desktop: Page) -> None:
    desktop.goto("/page/report-errors")
    for link in desktop.locator(".nhsuk-error-summary__list a").all():
        target = link.get_attribute("href")
        assert target is not None and desktop.locator(target).count() == 1


def test_the_printed_line_keeps_its_steps_and_leaves_the_frame_out(desktop: Page) -> None:
    desktop.goto("/page/incident")
    desktop.emulate_media(media="print")
    assert desktop.locator(".tl-step").count() == 7
    assert desktop.locator(".tl-step").first.is_visible()
    for left_out in (".tl-side", ".tl-bottom", ".tl-header__end", ".tl-tabs", ".tl-step__gap .nhsuk-button"):
        assert not desktop.locator(left_out).first.is_visible(), left_out


def test_pages_work_without_scripts(chromium: Browser, gallery_address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{gallery_address}/page/queue")
    page.click(".tl-bottom__more > summary")
    assert page.locator(".tl-sheet").is_visible()
    page.goto(f"{gallery_address}/page/report")
    assert page.locator("button:has-text('Send report')").is_visible()
    assert not page.locator("[data-tl-copy]:visible").count()
    context.close()

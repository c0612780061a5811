"""The product served for real, seen through Chromium as each person sees it, on a phone and on a desk."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import or_, select
from tests.conftest import PASSWORD
from werkzeug.serving import make_server

import throughline.worker
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "docs" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 30_000  # ms: two of these run at once, on as few as two cores
expect.set_options(timeout=PATIENCE)
SIZES = {"phone": {"width": 360, "height": 800}, "desktop": {"width": 1280, "height": 900}}


@pytest.fixture
def address(app) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Visitor:
    """Somebody at a screen: goes, types, presses, and looks hard at every page on the way."""

    def __init__(self, page: Page, address: str, size: str) -> None:
        self.page, self.address, self.size = page, address, size
        self.problems: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.problems.append(text)

    def sign_in(self, email: str) -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Sign in")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_attached()

    def title(self, text: str) -> None:
        expect(self.page.locator("h1").first).to_contain_text(text)

    def look(self, name: str = "") -> None:
        """Let axe object, measure the width, and keep a picture."""
        assert AXE.exists(), "the journeys need axe-core: npm ci"
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("tags => axe.run({runOnly: tags})", RULES)
        assert found["violations"] == [], [
            (one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]
        ]
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the screen"
        assert self.problems == []
        if name:
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(SHOTS / f"{name}-{self.size}.png"), full_page=True)

    def peek(self, name: str) -> None:
        """Look without keeping a picture; where ``THROUGHLINE_LOOK_AT`` names a folder, put one there."""
        self.look()
        if folder := os.environ.get("THROUGHLINE_LOOK_AT"):
            self.page.screenshot(path=str(Path(folder) / f"{name}-{self.size}.png"), full_page=True)

    def reference(self) -> str:
        found = re.search(r"[A-Z]{2}-2026-\d{5}", self.page.content())
        assert found
        return found[0]


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Callable[..., Visitor]]:
    contexts = []

    def begin(email: str = "", size: str = "desktop") -> Visitor:
        context = chromium.new_context(viewport=SIZES[size], locale="en-GB", timezone_id="Europe/London")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        visitor = Visitor(page, address, size)
        if email:
            visitor.sign_in(email)
        return visitor

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def work(scopes) -> Callable[[str], int]:
    """Do what waits in a tenant's ledger, as a worker would; return how many jobs were done."""
    assert throughline.worker.WORK  # importing the worker registers every job

    def do(slug: str) -> int:
        tenant, done = scopes.find_tenant(slug), 0
        with scopes.tenant(tenant, SYSTEM) as scope:
            kinds = or_(Job.name.startswith("evidence"), Job.name.startswith("rules"))
            waiting = select(Job.id).where(Job.state == "queued", kinds)
            ids = scope.session.scalars(waiting.order_by(Job.created_at)).all()
        for job_id in ids:
            done += runner.attempt(scopes, tenant, job_id)
        return done

    return do

"""All of `make demo` after the installing: from an empty folder to a signed-in page and an evidence PDF."""

import json
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from throughline.demo import embedded
from throughline.demo.process import members_of_session

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.faults]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a demo that has run once."""
    made = tmp_path_factory.mktemp("demo") / "var"
    once = subprocess.run(
        [*demo(made), "--once"], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert once.returncode == 0, once.stdout + once.stderr
    yield made
    embedded.remove(made)


def demo(folder: Path) -> list[str]:
    return [sys.executable, "-m", "throughline.demo", "--folder", str(folder)]


def told(folder: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads((folder / "demo.json").read_text())
    return found


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def signed_in(address: str, email: str, password: str) -> str:
    """Sign in as a browser without JavaScript does, and return the address of the page that follows."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{address}/sign-in") as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token is not None
    form = urllib.parse.urlencode({"email": email, "password": password, "csrf_token": token[1]}).encode()
    with browser.open(f"{address}/sign-in", data=form) as page:
        assert page.status == 200
        return str(page.url)


def test_one_run_leaves_evidence_that_a_worker_made(folder: Path) -> None:
    evidence = told(folder)["evidence"]
    assert evidence
    for document in evidence:
        assert Path(document["path"]).read_bytes().startswith(b"%PDF-")


def test_it_sends_what_it_has_to_say_to_the_letter_box(folder: Path) -> None:
    assert list((folder / "mail").glob("*.eml"))


def test_a_second_run_is_back_with_its_data_and_ends_all_it_started(folder: Path) -> None:
    running = subprocess.Popen(demo(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        for line in running.stdout:
            if line.startswith("Ctrl-C"):
                break
        started = children_of(running.pid)
        assert len(started) >= 7
        another = subprocess.run(demo(folder), cwd=ROOT, capture_output=True, text=True, check=False)
        assert another.returncode == 1
        assert "already running" in another.stderr
        now = told(folder)
        for person in now["personas"]:
            page = signed_in(str(now["address"]), person["email"], person["password"])
            assert not page.endswith("/sign-in"), person
    finally:
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
        running.stdout.close()
    assert running.wait(timeout=60) == 0, rest
    assert [members_of_session(pid) for pid in started] == [[] for _ in started]

"""The reports that come in as a pack of 500 rules is applied, as one of them changes, and after a restart.

The floor is a report while nothing changes, with as many rules. A client reports all the while, by turns to
the processes that serve; the longest of its waits is what the unluckiest reporter sees.
"""

import http.client
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode, urlsplit

from benchmarks.load import HEADERS
from benchmarks.reporting import form
from benchmarks.stage import ROOT, Stage, environment, served, sign_in

from throughline.kernel.actor import SYSTEM
from throughline.sdk import CATEGORIES
from throughline.tenancy import check, service

RULES, FILES = 500, 5
SECONDS = 15.0
RULE = """
  - key: bench_{number}
    title: The count of {category} by number {number}
    why: A pattern points at what the unit offers, not at one member of staff.
    status: live
    authority: {{statement: Our own choice., reference: Local policy}}
    on: [incident.reported]
    let:
      recent: count of incidents of category {category} with the same person within {days} days
    when: >-
      incident.category == "{category}" && incident.harm >= {harm} && recent >= {recent}
      && (incident.hour >= 20 || incident.hour < 7) && incident.delay_hours < {number}
    then:
      - escalate: {{to: governance_lead, acknowledge_within: 24 hours}}
    tests:
      - given: {{incident.category: {category}, incident.harm: 4, recent: 9, incident.hour: 23}}
        fires: true
"""
Row = tuple[str, str, str]


def run(staged: Stage, folder: Path) -> list[Row]:
    """Return rows of (what, figure, aim)."""
    packs = folder / "packs"
    shutil.copytree(ROOT / "tenants", packs)
    with served("throughline.app:create_app()", environment(staged)) as (address, _):
        with _reporting(address) as all_new:
            _write(packs, recent=9)
            _apply(staged, packs)
            time.sleep(SECONDS)
        with _reporting(address) as steady:
            time.sleep(SECONDS)
        with _reporting(address) as one_new:
            _write(packs, recent=9, first=8)
            _apply(staged, packs)
            time.sleep(SECONDS)
    begun = time.perf_counter()
    with served("throughline.app:create_app()", environment(staged)) as (address, _):
        sign_in(address)
        started = time.perf_counter() - begun
        with _reporting(address) as restarted:
            time.sleep(SECONDS)
    floor = statistics.median(steady)
    return [
        (f"floor: a report with {RULES} rules, none of them new", f"{floor * 1000:.0f} ms", ""),
        ("the longest of such reports", f"{max(steady):.2f} s", ""),
        (f"the longest as {RULES} rules become live", f"{max(all_new):.2f} s", ""),
        ("the longest as one of them changes", f"{max(one_new):.2f} s", ""),
        ("the longest after a restart", f"{max(restarted):.2f} s", ""),
        ("from a start until somebody has signed in", f"{started:.1f} s", ""),
    ]


def _write(packs: Path, recent: int, first: int = 0) -> None:
    """Write the rules into a pack; ``first`` is another limit in the first of them."""
    categories = list(CATEGORIES)
    for file in range(FILES):
        texts = [
            RULE.format(
                number=number,
                category=categories[number % len(categories)],
                harm=1 + number % 4,
                days=2 + number % 60,
                recent=first if first and number == 0 else recent,
            )
            for number in range(file, RULES, FILES)
        ]
        (packs / "calder" / "rules" / f"bench_{file}.yaml").write_text("rules:" + "".join(texts))


def _apply(staged: Stage, packs: Path) -> None:
    mail = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}
    service.apply(staged.scopes, check.read_folder(packs, {**os.environ, **mail}), SYSTEM)


@contextmanager
def _reporting(address: str) -> Iterator[list[float]]:
    """Report on and on while the block runs; yield how many seconds each report took."""
    cookie, token = sign_in(address)
    took: list[float] = []
    stop = Event()
    client = Thread(target=_report, args=(address, cookie, token, took, stop))
    client.start()
    try:
        yield took
    finally:
        stop.set()
        client.join()


def _report(address: str, cookie: str, token: str, took: list[float], stop: Event) -> None:
    parts = urlsplit(address)
    while not stop.is_set():
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)  # any of the processes
        connection.request(
            "POST", "/t/calder/report/fall", urlencode(form(token)), {**HEADERS, "Cookie": cookie}
        )
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status not in (302, 303):
            raise SystemExit(f"a report was answered {answer.status}")
        took.append(time.perf_counter() - begun)
        stop.wait(0.02)

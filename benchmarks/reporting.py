"""Report an incident through the web (rules, audit, outbox, counts) against a bare insert."""

import uuid
from pathlib import Path

import psycopg
from benchmarks.load import rate
from benchmarks.stage import Stage, environment, memory_of, served, sign_in

SECONDS = 8.0
STORY = "Unwitnessed fall beside the bed during the evening round. No injury was seen. " * 3


def form(token: str) -> dict[str, str]:
    """Return one report as the form sends it, with a key of its own."""
    return {
        "csrf_token": token,
        "key": str(uuid.uuid4()),
        "category": "fall",
        "unit": "oak",
        "occurred_at_date": "2026-01-05",
        "occurred_at_time": "21:35",
        "what_happened": STORY,
        "physical_harm": "low",
        "psychological_harm": "none",
        "person_reference": "CV-P-0001",
    }


def run(staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    url = staged.servers.superuser_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "create table bare_report (id bigint generated always as identity primary key,"
            " unit text, category text, what_happened text, physical_harm text)"
        )
    with served("benchmarks.bare:app", {**environment(staged), "BARE_DATABASE_URL": url}) as (address, _):
        rate(address, "/report", lambda: form(""), "", 1.0)
        floor = rate(address, "/report", lambda: form(""), "", SECONDS)
    with served("throughline.app:create_app()", environment(staged)) as (address, pid):
        cookie, token = sign_in(address)
        path = "/t/calder/report/fall"
        rate(address, path, lambda: form(token), cookie, 2.0)
        ours = rate(address, path, lambda: form(token), cookie, SECONDS)
        memory = memory_of(pid)
    return [
        ("floor: bare Flask + psycopg insert", f"{floor:,.0f}/s", ""),
        ("report an incident", f"{ours:,.0f}/s", ""),
        ("report as a share of the floor", f"{ours / floor:.2f}", "at least 0.25"),
        ("memory of a web worker", f"{memory:.0f} MB", "under 200 MB"),
    ]

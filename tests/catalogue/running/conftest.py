"""Plugins installed as distributions, switched on in calder's pack, and failing when they are used."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import select
from tests.conftest import ROOT

import throughline.worker
from throughline.catalogue import catalogue_for, installed
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM
from throughline.rules import looking
from throughline.rules.models import Problem
from throughline.tenancy import check, service

Plug = Callable[..., None]

HEAD = """
from throughline.sdk import (
    API_VERSION, Authority, Channel, Escalate, Field, FieldKind, FieldSet, Framework, Notify, PluginInfo, Receipt,
    ReportFormat, Rule, Stage, FactorGroup, SECTOR_FACTORS, Trigger, hookimpl,
)

@hookimpl
def plugin_info():
    return PluginInfo({key!r}, "Made to fail", "Made for a test.", "1.0", API_VERSION)

def a_rule(**changes):
    return Rule(**{{
        "key": "{key}.rule", "version": 1, "title": "A rule", "why": "Because.",
        "authority": Authority("Said so.", "A policy"), "on": (Trigger.INCIDENT_REPORTED,),
        "when": "true", "then": (Escalate("governance_lead", 4),), **changes,
    }})
"""


def forget() -> None:
    """Let this process look again at what is installed, as a new one would."""
    for kept in (installed, catalogue_for, looking._compiled, looking._where):
        kept.cache_clear()


class Plugged:
    """Installs plugins into a folder on the path, and applies a pack that switches them on."""

    def __init__(self, folder: Path, scopes: object) -> None:
        self.folder, self.scopes = folder, scopes
        self.site = folder / "site"
        self.site.mkdir()

    def install(self, key: str, body: str) -> None:
        module = f"throughline_made_{key}"
        (self.site / f"{module}.py").write_text(HEAD.format(key=key) + dedent(body), encoding="utf-8")
        record = self.site / f"{module}-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (record / "entry_points.txt").write_text(f"[throughline.plugins]\n{key} = {module}\n")
        forget()

    def upgrade(self, key: str, body: str) -> None:
        """Put another release in the place of an installed one; the pack was applied before."""
        self.uninstall(key)
        self.install(key, body)

    def uninstall(self, key: str) -> None:
        module = f"throughline_made_{key}"
        shutil.rmtree(self.site / f"{module}-1.0.dist-info")
        (self.site / f"{module}.py").unlink()
        sys.modules.pop(module, None)
        forget()

    def switch_on(self, *keys: str, formats: tuple[str, ...] = ()) -> None:
        tenants = self.folder / "tenants"
        shutil.copytree(ROOT / "tenants", tenants)
        pack = tenants / "calder" / "tenant.toml"
        switched = pack.read_text() + "".join(f"\n[plugins.{key}]\n" for key in keys)
        listed = ", ".join(f'"{name}"' for name in ("icb_quality.quarterly", *formats))
        switched = switched.replace("[plugins.obligations]\n", "")  # what it opens is not the matter here
        pack.write_text(switched.replace('formats = ["icb_quality.quarterly"]', f"formats = [{listed}]"))
        self.apply(tenants)

    def apply(self, tenants: Path) -> None:
        folder = check.read_folder(tenants, os.environ)
        assert folder.all_mistakes == (), "\n".join(map(str, folder.all_mistakes))
        service.apply(self.scopes, folder, SYSTEM)
        self.scopes._tenants.clear()


@pytest.fixture
def plugged(tmp_path, scopes, monkeypatch) -> Iterator[Plugged]:
    """Give what installs plugins and switches them on; what it did is undone when the test ends."""
    for slug in ("CALDER", "HOLLINS"):
        monkeypatch.setenv(f"{slug}_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv(f"{slug}_SMTP_PORT", "9")
    made = Plugged(tmp_path, scopes)
    monkeypatch.syspath_prepend(str(made.site))
    yield made
    for name in [found for found in sys.modules if found.startswith("throughline_made_")]:
        del sys.modules[name]
    sys.path.remove(str(made.site))
    forget()
    made.apply(ROOT / "tenants")


@pytest.fixture
def plug(plugged) -> Plug:
    """Give a function that installs plugins by key and switches them on: ``plug(faulty="its module")``."""

    def do(formats: tuple[str, ...] = (), **bodies: str) -> None:
        for key, body in bodies.items():
            plugged.install(key, body)
        plugged.switch_on(*bodies, formats=formats)

    return do


@pytest.fixture
def work_off(scopes, calder, clock):
    """Give a function that does the jobs of a name as a worker does, again and again until none is left."""
    assert throughline.worker.WORK

    def do(name: str, limit: object = None) -> None:
        for _ in range(20):
            with scopes.tenant(calder, SYSTEM) as scope:
                waiting = select(Job.id).where(Job.state == "queued", Job.name == name)
                ids = scope.session.scalars(waiting.order_by(Job.created_at)).all()
            if not ids:
                return
            for job_id in ids:
                runner.attempt(scopes, scopes.find_tenant("calder"), job_id, limit=limit)
            clock.move(timedelta(hours=2))
        raise AssertionError("the jobs never end")

    return do


@pytest.fixture
def problems(scopes, calder):
    """Give a function that reads what was recorded as failed, as (record key, what, message)."""

    def read() -> list[tuple[str, str, str]]:
        with scopes.tenant(calder, SYSTEM) as scope:
            rows = scope.session.scalars(select(Problem).order_by(Problem.at, Problem.id))
            return [(row.record_key, row.what, row.message) for row in rows]

    return read


@pytest.fixture
def shown(client_for):
    """Give a function that reads the set-up page as calder's administrator."""

    def read() -> str:
        page = client_for("admin@calder.test").get("/t/calder/settings")
        assert page.status_code == 200
        return page.get_data(as_text=True)

    return read

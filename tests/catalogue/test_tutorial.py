"""Every command and file of "Write a plugin" works as it stands, and ends in a report that its rule speaks on."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from throughline.cli import run_migrations
from throughline.demo.embedded import Servers

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "tutorials" / "write-a-plugin.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:In `([^`\n]+)`:\n\n)?```(\w+)( refused)?\n(.*?)```\n", re.DOTALL)
OFFLINE = "--no-build-isolation --no-deps --no-index --quiet --disable-pip-version-check"
# What the commands are in an environment that sees the platform and has no registry.
COMMANDS = {
    "throughline": "{python} -c 'from throughline.cli import main; main()' \"$@\"",
    "pytest": '{python} -m pytest -q "$@"',
    "pip": 'act="$1"; shift; {pip} -m pip --python {python} "$act" {offline} "$@"',
}
REPORTS = """
from datetime import timedelta
from uuid import uuid4
from sqlalchemy import select
from throughline.features import make_doorbell, make_scopes
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.rules.models import Firing
from throughline.settings import Settings
from throughline.tenancy.queries import tree
import os
settings = Settings.from_environ(os.environ)
scopes = make_scopes(settings, make_doorbell(settings))
hollins = scopes.find_tenant("hollins")
for day in (5, 3, 1):
    with scopes.tenant(hollins, SYSTEM, "test") as scope:
        at = scope.local(scope.now() - timedelta(days=day)).replace(hour=2, minute=0)
        sent = incidents.Report(
            submission_key=uuid4(), unit_id=tree(scope).by_key("larch-house").id, occurred_at=at,
            category="fall", what_happened="Slipped.", physical_harm="low", psychological_harm="none",
            extra={"night_staffing.night": {"planned": 2, "on_duty": 1}},
        )
        found = incidents.report(scope, sent).incident
        rules = scope.session.scalars(select(Firing.rule_key).where(Firing.incident_id == found.id)).all()
        print(day, sorted(key for key in rules if key.startswith("night_staffing.")))
"""


@dataclass
class Desk:
    """Where the reader sits: the folder they are in and what their environment holds."""

    at: Path
    environ: dict[str, str]

    def type(self, text: str) -> tuple[int, str]:
        """Type some commands, stopping at the first that fails; return how it ended and what was said."""
        after = self.at / ".after"
        script = f'set -e\ntrap \'pwd > "{after}"; env -0 > "{after}.env"\' EXIT\n{text}'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.at,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        where, held = after.read_text().strip(), Path(f"{after}.env").read_text()
        for left in (after, Path(f"{after}.env")):
            left.unlink()
        self.at = Path(where)
        self.environ = dict(pair.split("=", 1) for pair in held.split("\0") if "=" in pair)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A fresh environment beside the platform's, servers of its own, and copies of the packs."""
    shutil.copytree(ROOT / "tenants", tmp_path / "tenants")
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=120)
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (site_packages / "platform.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    for name, line in COMMANDS.items():
        program = environment / "bin" / name
        program.write_text(
            "#!/bin/bash\n"
            + line.format(python=environment / "bin" / "python", pip=sys.executable, offline=OFFLINE)
            + "\n"
        )
        program.chmod(0o755)
    with Servers.temporary() as servers:
        run_migrations(servers.owner_url)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
        environ |= {
            "HOME": str(tmp_path),
            "PATH": os.pathsep.join(
                [str(environment / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "THROUGHLINE_DATABASE_URL": servers.database_url,
            "THROUGHLINE_OWNER_DATABASE_URL": servers.owner_url,
            "THROUGHLINE_REDIS_URL": servers.redis_url,
            "THROUGHLINE_STORAGE_URL": f"file://{tmp_path}/storage",
            "THROUGHLINE_SECRET_KEY": "a secret that is long enough for every test of the suite",
            "THROUGHLINE_TENANTS_DIR": str(tmp_path / "tenants"),
            "THROUGHLINE_ENV": "test",
            "HOLLINS_SMTP_HOST": "127.0.0.1",
            "HOLLINS_SMTP_PORT": "2525",
        }
        (tmp_path / "storage").mkdir()
        yield Desk(tmp_path, environ)


@pytest.mark.slow
def test_the_tutorial_works_from_its_first_command_to_a_report_that_the_rule_speaks_on(desk: Desk) -> None:
    blocks = BLOCK.findall(GUIDE)
    assert [kind for _, kind, _, _ in blocks].count("python") == 6
    said = ""
    for file, kind, refused, text in blocks:
        if kind == "sh":
            ended, said = desk.type(text)
            assert (ended != 0) == bool(refused), f"{text}\n{said}"
        elif kind == "text":
            for line in text.strip().splitlines():
                assert line in said, f"{line}\nis not in\n{said}"
        else:
            assert file, f"the reader is not told where this goes:\n{text}"
            (desk.at / file).write_text(text, encoding="utf-8")
    (desk.at / "reports.py").write_text(REPORTS)
    ended, said = desk.type("$(dirname $(command -v throughline))/python reports.py")
    assert ended == 0, said
    assert said.splitlines()[-3:] == ["5 []", "3 []", "1 ['night_staffing.below_plan']"]

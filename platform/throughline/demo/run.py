"""``make demo``: everything running on this machine, until Ctrl-C.

    python -m throughline.demo [--once] [--port N] [--folder DIR]

``--once`` (or ``ONCE=1``) starts it all, waits for the first evidence PDF, and stops again.
"""

import argparse
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from throughline.demo import outcome
from throughline.demo.digest import digest
from throughline.demo.embedded import Servers
from throughline.demo.lock import Held, hold
from throughline.demo.memory import Memory
from throughline.demo.ports import free_port, is_free, next_free_port
from throughline.demo.process import Child, DemoProblem
from throughline.demo.progress import Progress
from throughline.demo.supervisor import Supervisor, stoppable, undisturbed
from throughline.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
_FIRST_PORT = 8000
_READY_WITHIN = 60.0
_PDF_WITHIN = 300.0
_ASKING_PAUSE = 0.2
_INTERRUPTED = 130
_BEGIN_ANEW = "look at the lines above. The demo's data can be made anew: make clean, then make demo."


class Demo:
    """One demo over one folder."""

    def __init__(self, var: Path, port: int | None, progress: Progress) -> None:
        self._var = var
        self._progress = progress
        self._supervisor = Supervisor(progress.say)
        self._servers: Servers | None = None
        self._evidence: outcome.Evidence | None = None
        self._address = f"http://127.0.0.1:{_choose(port)}"

    def start(self) -> list[outcome.Document]:
        """Start everything, fill it the first time, and return the evidence once there is some.

        Raises:
            DemoProblem: a step did not work; the message says what to do.
        """
        step = self._progress.step
        with step("PostgreSQL 18 and Valkey", _BEGIN_ANEW):
            env = self._environment(self._start_servers())
        self._fill(env)
        with step("Web", "look at the logs in var/log, then try again"):
            self._start_part("mailbox", *self._mailbox(env), env=env)
            bind = self._address.removeprefix("http://")
            self._start_part("web", *_throughline("web", "--bind", bind), env=env)
            self._wait_until_ready()
        # After the web, so that somebody who comes back to a full database waits for nothing else.
        with step("Two workers and the ticker", "look at the logs in var/log, then try again"):
            for name, part in (("worker-1", "worker"), ("worker-2", "worker"), ("ticker", "ticker")):
                self._start_part(name, *_throughline(part), env=env)
        with step("The first evidence PDF, by a worker", _BEGIN_ANEW):
            settings = Settings.from_environ(env)
            self._evidence = outcome.Evidence(settings, self._var / "files", self._var / "evidence")
            documents = self._wait_for_evidence(self._evidence)
        outcome.write(self._var / "demo.json", self._address, documents)
        self._progress.say("\n" + outcome.words(self._address, documents, self._var))
        return documents

    def stay(self) -> None:
        """Look after the processes until somebody interrupts."""
        self._progress.say("\nCtrl-C stops everything; the data stays for the next run.")
        self._supervisor.watch(until=lambda: False)

    def stop(self) -> None:
        """Stop every process that was started."""
        with self._progress.step("Stopping", "look at the logs in var/log"):
            if self._evidence is not None:
                self._evidence.close()
            self._supervisor.stop()
            if self._servers is not None:
                self._servers.stop()

    def _start_servers(self) -> Servers:
        servers = self._servers = Servers.start(self._var, say=self._progress.say)
        postgres, valkey = servers.children

        def postgres_again() -> Child:
            servers.start_postgres()
            return servers.children[0]

        def valkey_again() -> Child:
            servers.start_valkey()
            return servers.children[1]

        self._supervisor.keep(postgres, postgres_again)
        self._supervisor.keep(valkey, valkey_again)
        return servers

    def _environment(self, servers: Servers) -> dict[str, str]:
        """Return the environment of the demo's processes: no setting of the caller's gets in.

        Somebody with a real database in their environment must not have the demo's data put into it.
        """
        memory = Memory(self._var / "secrets.json")
        if "secret_key" not in memory:
            memory["secret_key"] = secrets.token_urlsafe(48)
        mail_port = str(free_port())
        tenants = ROOT / "tenants"
        letter_box = {
            f"{pack.parent.name.upper().replace('-', '_')}_SMTP_{what}": word
            for pack in tenants.glob("*/tenant.toml")
            for what, word in (("HOST", "127.0.0.1"), ("PORT", mail_port))
        }
        inherited = {name: word for name, word in os.environ.items() if not name.startswith("THROUGHLINE_")}
        return (
            inherited
            | letter_box
            | {
                "DEMO_MAIL_PORT": mail_port,
                "GUNICORN_CMD_ARGS": "--no-control-socket",
                "PYTHONUNBUFFERED": "1",
                "THROUGHLINE_DATABASE_URL": servers.database_url,
                "THROUGHLINE_OWNER_DATABASE_URL": servers.owner_url,
                "THROUGHLINE_REDIS_URL": servers.redis_url,
                "THROUGHLINE_STORAGE_URL": f"file://{self._var / 'files'}",
                "THROUGHLINE_SECRET_KEY": memory["secret_key"],
                "THROUGHLINE_PUBLIC_URL": self._address,
                "THROUGHLINE_TENANTS_DIR": str(tenants),
                "THROUGHLINE_ENV": "demo",
                "THROUGHLINE_LOG_LEVEL": "INFO",
            }
        )

    def _fill(self, env: dict[str, str]) -> None:
        """Make the tables, apply the packs and load the data, unless this very release has done so."""
        memory = Memory(self._var / "filled.json")
        made_from = digest(ROOT, _what_fills())
        if memory.get("made_from") == made_from:
            return
        for title, *words in (
            ("Tables", "migrate"),
            ("Packs of the tenants", "tenants", "apply"),
            ("Two years of demo data", "demo-data"),
        ):
            with self._progress.step(title, _BEGIN_ANEW):
                name = f"throughline {' '.join(words)}"
                self._progress.run(
                    _throughline(*words), env=env, cwd=ROOT, log=self._log("set-up"), name=name
                )
        memory["made_from"] = made_from

    def _mailbox(self, env: dict[str, str]) -> list[str | Path]:
        return [sys.executable, "-m", "throughline.demo.mailbox", env["DEMO_MAIL_PORT"], self._var / "mail"]

    def _start_part(self, name: str, *argv: str | Path, env: dict[str, str]) -> None:
        self._supervisor.start(Child(name, argv, log=self._log(name), env=env, cwd=ROOT))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while answer := _what_keeps(f"{self._address}/readyz"):
            self._pause(
                deadline, f"{self._address}/readyz is not ready after {_READY_WITHIN:.0f} s: {answer}"
            )

    def _wait_for_evidence(self, evidence: outcome.Evidence) -> list[outcome.Document]:
        deadline = time.monotonic() + _PDF_WITHIN
        while not evidence.finish():
            if failures := evidence.failures():
                raise DemoProblem(f"the evidence could not be made: {failures[0]}")
            self._pause(deadline, f"no worker made the documents in {_PDF_WITHIN:.0f} s")
        return evidence.documents()

    def _pause(self, deadline: float, late: str) -> None:
        if time.monotonic() > deadline:
            raise DemoProblem(f"{late}: see the logs in {self._var / 'log'}")
        self._supervisor.look()
        self._progress.tick()
        time.sleep(_ASKING_PAUSE)

    def _log(self, name: str) -> Path:
        return self._var / "log" / f"{name}.log"


def main() -> None:
    """Run the demo from the command line."""
    parser = argparse.ArgumentParser(prog="python -m throughline.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", default=os.environ.get("ONCE", "") not in {"", "0"})
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or None)
    parser.add_argument("--folder", type=Path, default=ROOT / "var")
    chosen = parser.parse_args()
    try:
        sys.exit(run(chosen.folder.absolute(), chosen.port, once=chosen.once))
    except DemoProblem as problem:
        raise SystemExit(f"\n{problem}") from problem


def run(var: Path, port: int | None, *, once: bool) -> int:
    """Run a demo over a folder and return the exit status.

    Raises:
        DemoProblem: another one runs over it, or a step did not work.
    """
    (var / "log").mkdir(parents=True, exist_ok=True)
    progress = Progress()
    running = False
    try:
        with hold(var / "demo.lock"), stoppable():
            demo = Demo(var, port, progress)
            try:
                demo.start()
                running = True
                if not once:
                    demo.stay()
            finally:
                with undisturbed():
                    demo.stop()
    except Held as held:
        raise DemoProblem(
            f"The demo of this clone is already running, in process {held.pid}. "
            f"Its address and sign-ins are in {var / 'demo.json'}. "
            f"Stop it with Ctrl-C where it runs, or with: kill {held.pid}"
        ) from held
    except KeyboardInterrupt:
        return 0 if running else _INTERRUPTED
    return 0


def _choose(port: int | None) -> int:
    if port is None:
        return next_free_port(_FIRST_PORT)
    if not is_free(port):
        raise DemoProblem(f"Port {port} is in use. Choose another: make demo PORT={next_free_port(port)}")
    return port


def _what_fills() -> list[Path]:
    folders = ("migrations", "tenants", "plugins", "platform/throughline")
    kinds = {".csv", ".json", ".py", ".sql", ".toml", ".yaml"}
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*") if file.suffix in kinds)


def _throughline(*words: str) -> list[str | Path]:
    return [Path(sys.executable).with_name("throughline"), *words]


def _what_keeps(url: str) -> str:
    """Return why an address does not answer 200, or nothing when it does."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return ""
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read().decode(errors='replace').strip()[:200]}"
    except OSError as unreachable:
        return str(unreachable)

"""The ``throughline`` command as an operator runs it: its own process, its environment, its words, its status."""

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests.conftest import NOW, World

from throughline import features
from throughline.cli import main
from throughline.kernel.clock import FrozenClock
from throughline.settings import Settings

PATIENCE = 60.0
EXPORT = Path(__file__).parents[1] / "incidents" / "importing" / "data" / "synthetic_datix_export.csv"


@dataclass(frozen=True)
class Outcome:
    """What a command left: its status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self.out + self.err


Run = Callable[..., Outcome]


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment that stands for some settings."""
    named = {
        "DATABASE_URL": settings.database_url,
        "OWNER_DATABASE_URL": settings.owner_database_url,
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "SECRET_KEY": settings.secret_key,
        "TENANTS_DIR": str(settings.tenants_dir),
        "ENV": settings.env,
    }
    mail = {
        f"{slug}_SMTP_{key}": value
        for slug in ("CALDER", "HOLLINS")
        for key, value in (("HOST", "127.0.0.1"), ("PORT", "2525"))
    }
    return {f"THROUGHLINE_{name}": value for name, value in named.items()} | mail


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """What the environment of the commands holds; a test may change it."""
    return environment_of(settings)


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Return a function that runs the command with some words, on the tests' clock.

    In a copy of this process, which has read all its modules already: that costs a twentieth of a second
    where a new one costs two. It shares no connection and no file with this one.
    """

    def do(*words: str, **more: str) -> Outcome:
        out, err = tmp_path / "out", tmp_path / "err"
        child = os.fork()
        if child == 0:
            _become(words, environment | more, out, err)
        return Outcome(_wait_for(child, words), out.read_text(), err.read_text())

    return do


def _become(words: tuple[str, ...], environ: dict[str, str], out: Path, err: Path) -> NoReturn:
    status: Any = 1
    try:
        for name in [name for name in os.environ if name.startswith("THROUGHLINE_")]:
            del os.environ[name]
        os.environ.update(environ)
        features.SystemClock = lambda: FrozenClock(NOW)  # type: ignore[assignment,misc]
        with out.open("w") as sys.stdout, err.open("w") as sys.stderr:
            os.dup2(sys.stdout.fileno(), 1)
            os.dup2(sys.stderr.fileno(), 2)
            try:
                main.main(list(words), prog_name="throughline")
            except SystemExit as ended:
                status = ended.code or 0
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 1)


def _wait_for(child: int, words: tuple[str, ...]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError(f"{PATIENCE:g} s were not enough for: throughline {' '.join(words)}")


@pytest.fixture(scope="module")
def empty_database(world: World) -> Iterator[tuple[str, str]]:
    """A database in which nothing was ever made: the application's address and the owner's."""
    name = "throughline_for_commands"
    world.servers.postgres.create_database(name, "template1")
    application, owner, _ = world.servers.urls(name)
    yield application, owner
    world.servers.drop_database(name)

"""The ``throughline`` command as an operator runs it: its own process, its environment, its words, its status."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import NOW, World
from tests.forked import Outcome, in_a_copy

from throughline import features
from throughline.cli import main
from throughline.kernel.clock import FrozenClock
from throughline.settings import Settings

EXPORT = Path(__file__).parents[1] / "incidents" / "importing" / "data" / "synthetic_datix_export.csv"


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

    In a copy of this process: that costs a twentieth of a second where a new one costs two.
    """

    def do(*words: str, **more: str) -> Outcome:
        return in_a_copy(lambda: _command(words), environment | more, tmp_path)

    return do


def _command(words: tuple[str, ...]) -> None:
    features.SystemClock = lambda: FrozenClock(NOW)  # type: ignore[assignment,misc]
    main.main(list(words), prog_name="throughline")


@pytest.fixture(scope="module")
def empty_database(world: World) -> Iterator[tuple[str, str]]:
    """A database in which nothing was ever made: the application's address and the owner's."""
    name = "throughline_for_commands"
    world.servers.postgres.create_database(name, "template1")
    application, owner, _ = world.servers.urls(name)
    yield application, owner
    world.servers.drop_database(name)

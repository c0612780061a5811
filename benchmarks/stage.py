"""What the benchmarks stand on: servers of their own, the demo's packs, one person, a web server."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from throughline.accounts import service as accounts
from throughline.cli import run_migrations
from throughline.demo.embedded import Servers
from throughline.features import make_doorbell, make_scopes
from throughline.kernel.actor import SYSTEM
from throughline.settings import Settings
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scopes

ROOT = Path(__file__).parents[1]
EMAIL, PASSWORD = "nurse@bench.test", "calm river stone lantern"
SECRET = "a secret that is long enough for the benchmarks to be allowed"


@dataclass(frozen=True)
class Stage:
    """Servers, settings and scopes of one run."""

    servers: Servers
    settings: Settings
    scopes: Scopes


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Set everything up in servers that vanish at the end."""
    with Servers.temporary() as servers:
        settings = Settings(
            database_url=servers.database_url,
            owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
            storage_url=f"file://{folder}/storage",
            secret_key=SECRET,
            env="test",
            log_level="WARNING",
        )
        run_migrations(servers.owner_url)
        scopes = make_scopes(settings, make_doorbell(settings))
        mail = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}
        service.apply(scopes, check.read_folder(ROOT / "tenants", {**os.environ, **mail}), SYSTEM)
        with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
            user = accounts.add_user(scope, EMAIL, "Bench Nurse", PASSWORD)
            accounts.give_role(scope, user, "reporter", tree(scope).by_key("oak").id)
            accounts.give_role(scope, user, "governance_lead", None)
        yield Stage(servers, settings, scopes)
        scopes.engine.dispose()


def environment(staged: Stage) -> dict[str, str]:
    """Return the environment of a product process."""
    found = staged.settings
    return {
        **os.environ,
        "THROUGHLINE_DATABASE_URL": found.database_url,
        "THROUGHLINE_REDIS_URL": found.redis_url,
        "THROUGHLINE_STORAGE_URL": found.storage_url,
        "THROUGHLINE_SECRET_KEY": SECRET,
        "THROUGHLINE_ENV": "test",
        "THROUGHLINE_LOG_LEVEL": "WARNING",
    }


@contextmanager
def served(application: str, env: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Serve an application with gunicorn, two processes of four threads; yield its address and pid."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "--log-level", "error", application]
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the web server did not start")


def sign_in(address: str) -> tuple[str, str]:
    """Sign in and return the cookie and the CSRF token of the session."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{address}/sign-in").read().decode()
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": _token(page)}
    opener.open(f"{address}/sign-in", urlencode(form).encode())
    page = opener.open(f"{address}/t/calder/report/fall").read().decode()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), _token(page)


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise SystemExit("there is no form on the page")
    return found[1]


def memory_of(pid: int) -> float:
    """Return the largest resident memory, in MB, of a process's children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = []
    for child in children:
        line = next(
            text for text in Path(f"/proc/{child}/status").read_text().splitlines() if "VmRSS" in text
        )
        sizes.append(int(line.split()[1]) / 1024)
    return max(sizes)

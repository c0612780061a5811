"""What the machine itself must have: checked by use, installed by apt where we may, else said exactly."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from throughline.demo.process import DemoProblem
from throughline.demo.progress import Progress

_OLDEST_NODE = 20
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")


@dataclass(frozen=True)
class Need:
    """Something of the operating system: what it is for, the Debian packages, and how to see it is there."""

    title: str
    packages: tuple[str, ...]
    met: Callable[[], bool]
    elsewhere: str


def _can_print() -> bool:
    return all(map(_loads, ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"))) and any(
        True for folder in _FONT_FOLDERS for _font in Path(folder).rglob("*.[to]tf")
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def chromium() -> str | None:
    """Return the path of a Chromium of this machine, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def _has_venv() -> bool:
    # Debian's Python has the module venv but, without its package, not ensurepip, which it needs.
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0  # noqa: S603


VENV = Need(
    "the module that makes virtual environments",
    (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv",),
    _has_venv,
    f"make `{sys.executable} -m venv` work",
)
PRINTING = Need(
    "the libraries that make PDF documents",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
    _can_print,
    "install Pango 1.44 or newer, the HarfBuzz subset library and a TrueType font",
)
BROWSER = Need(
    "Chromium for the journeys",
    ("chromium",),
    lambda: chromium() is not None,
    "install Chromium so that `chromium` is on the PATH",
)


def ensure(needs: Sequence[Need], progress: Progress, log: Path) -> None:
    """Install through apt, where we may, whatever is not met.

    Raises:
        DemoProblem: something is not met and we may not; the message is the line to type.
    """
    unmet = [need for need in needs if not need.met()]
    if not unmet:
        return
    titles = ", ".join(need.title for need in unmet)
    packages = [package for need in unmet for package in need.packages]
    if shutil.which("apt-get") is None:
        ways = "; ".join(need.elsewhere for need in unmet)
        raise DemoProblem(f"Missing on this machine: {titles}. With its own package manager: {ways}.")
    sudo = _privilege()
    if sudo is None:
        raise DemoProblem(
            f"Missing on this machine: {titles}. Only root may install that.\n"
            f"Type this line, then run the command again:\n\n    {line_to_type(packages)}\n"
        )
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    with progress.step(f"From the system's packages: {titles}", f"type: {line_to_type(packages)}"):
        for words, name in (([*apt, "update"], "apt-get update"), (install, "apt-get install")):
            progress.run(words, env=os.environ, cwd=Path("/"), log=log, name=name)
        if not all(need.met() for need in unmet):
            raise DemoProblem(f"apt-get installed {' '.join(packages)}, and still something is missing")


def line_to_type(packages: Sequence[str]) -> str:
    """Return the line that installs Debian packages, for somebody to type."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install --yes --no-install-recommends {' '.join(packages)}"


def has_node() -> bool:
    """Whether the machine has npm and a Node that is new enough."""
    if shutil.which("npm") is None or (node := shutil.which("node")) is None:
        return False
    told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S603
    version = re.match(r"v(\d+)\.", told)
    return version is not None and int(version[1]) >= _OLDEST_NODE


def _privilege() -> list[str] | None:
    """Return the words that make a command root's: none for root, sudo where it asks nothing, else None."""
    if os.geteuid() == 0:
        return []
    if (sudo := shutil.which("sudo")) is None:
        return None
    asks_nothing = subprocess.run([sudo, "-n", "true"], check=False, capture_output=True)  # noqa: S603
    return [sudo, "-n"] if asks_nothing.returncode == 0 else None

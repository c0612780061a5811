"""Make this clone ready: virtual environment, locked packages, system libraries, page assets.

It runs on the bare system Python, so it and what it imports use the standard library only. What was done is
remembered by the digest of what it was made from: a second run does nothing that is already done.

    python3 bin/bootstrap.py demo|test|quick|tools|lock|clean
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path

from throughline.demo import lock, system
from throughline.demo.clean import clean
from throughline.demo.digest import digest
from throughline.demo.process import DemoProblem
from throughline.demo.progress import Progress

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = ROOT / "var"
LOG = VAR / "log" / "bootstrap.log"
FRONTEND = ROOT / "platform" / "throughline" / "web" / "frontend"
DIST = ROOT / "platform" / "throughline" / "web" / "static" / "dist"
_OLDEST = (3, 11)
_SERVICE, _EVERYTHING, _NODE = "requirements-embedded.txt", "requirements-dev.txt", "requirements-node.txt"
_NO_INDEX = (
    "look at the lines above. Most often the Python package index cannot be reached: check the network, "
    "a proxy (HTTPS_PROXY) or your mirror (PIP_INDEX_URL), then run the command again: it goes on from there."
)
_NO_NPM = (
    "look at the lines above. Most often the npm registry cannot be reached: check the network, a proxy "
    "(HTTPS_PROXY) or your mirror (npm config set registry), then run the command again."
)
_NEEDS = {
    "demo": (system.PRINTING,),
    "test": (system.PRINTING, system.BROWSER),
    "quick": (system.PRINTING,),
    "tools": (),
}


class Clone:
    """The clone this file lies in, and the steps that make it ready."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stamps = VENV / "throughline-stamps.json"

    def machine(self, *needs: system.Need) -> None:
        """Get what the machine itself must have, virtual environments included while there is none here."""
        system.ensure([*([] if self._has_environment() else [system.VENV]), *needs], self._progress, LOG)

    def virtual_environment(self) -> None:
        """Make ``.venv``, or make it anew after the clone was moved or its Python removed."""
        if not self._has_environment():
            with self._progress.step("Virtual environment in .venv", "remove the folder .venv, run it again"):
                self._run("python -m venv", [sys.executable, "-m", "venv", "--clear", VENV])
        self._remember("root", str(ROOT))

    def _has_environment(self) -> bool:
        return _answers(PYTHON) and self._stamp("root") in {"", str(ROOT)}

    def packages(self, wanted: str) -> None:
        """Install a lock with its hashes, then this distribution and its plugins in place."""
        locks = {_SERVICE, _EVERYTHING} if wanted == _SERVICE else {_EVERYTHING}
        if self._stamp("packages") not in {_digest([ROOT / name]) for name in locks}:
            with self._progress.step("Python packages, by version and hash", _NO_INDEX):
                self._run("pip install", self._pip("--require-hashes", "-r", wanted))
                self._remember("packages", _digest([ROOT / wanted]))
        projects = [ROOT, *sorted(project.parent for project in ROOT.glob("plugins/*/pyproject.toml"))]
        made_from = _digest([project / "pyproject.toml" for project in projects])
        if self._stamp("distributions") != made_from:
            with self._progress.step("Throughline and its plugins, in place", "look at the lines above"):
                editable = [word for project in projects for word in ("-e", str(project))]
                self._run("pip install -e", self._pip("--no-build-isolation", "--no-deps", *editable))
                self._remember("distributions", made_from)

    def assets(self) -> None:
        """Compile the style, scripts and fonts of the pages, with the machine's Node or one from a wheel."""
        packages = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"]
        sources = sorted(path for path in FRONTEND.rglob("*") if path.is_file())
        built_from = _digest([*packages, *sources])
        if (DIST / "manifest.json").exists() and _read(DIST / "built-from") == built_from:
            return
        if not system.has_node():
            with self._progress.step("Node, as a Python package", _NO_INDEX):
                self._run("pip install", self._pip("--require-hashes", "-r", _NODE))
        installed_from = ROOT / "node_modules" / ".installed-from"
        if _read(installed_from) != _digest(packages):
            with self._progress.step("npm packages, by version and hash", _NO_NPM):
                self._run("npm ci", ["npm", "ci", "--ignore-scripts", "--no-progress"])
                installed_from.write_text(_digest(packages))
        with self._progress.step("Page assets", "look at the lines above"):
            self._run("npm run build", ["npm", "run", "--silent", "build"])
            (DIST / "built-from").write_text(built_from)

    def lock(self) -> None:
        """Write the lock files anew from the ``.in`` files; ``UPGRADE=1`` takes newer versions."""
        tools = VAR / "lock-tools"
        with self._progress.step("Tool for the lock", _NO_INDEX):
            if not (tools / "bin" / "uv").exists():
                self._run("python -m venv", [sys.executable, "-m", "venv", "--clear", tools])
                self._run(
                    "pip install uv", [tools / "bin" / "python", "-m", "pip", "install", "--quiet", "uv"]
                )
        compile_lock: list[str | Path] = [
            *(tools / "bin" / "uv", "pip", "compile", "--quiet", "--generate-hashes"),
            # From 3.11.0: later versions of 3.11 need fewer packages, and a lock with too few is refused.
            *("--no-emit-index-url", "--no-header", "--python-version", "3.11"),
        ]
        upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
        same = ["-c", _EVERYTHING]
        with self._progress.step("Locks", _NO_INDEX):
            for options, sources, output in (
                (upgrade, ["requirements-dev.in"], _EVERYTHING),
                (same, ["requirements.in"], "requirements.txt"),
                (same, ["requirements.in", "requirements-embedded.in"], _SERVICE),
                (upgrade, ["requirements-node.in"], _NODE),
            ):
                self._run("uv pip compile", [*compile_lock, *options, *sources, "-o", output])

    def _pip(self, *words: str) -> list[str | Path]:
        return [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *words]

    def _run(self, name: str, argv: list[str | Path]) -> None:
        path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self._progress.run(argv, env=os.environ | {"PATH": path}, cwd=ROOT, log=LOG, name=name)

    def _stamp(self, name: str) -> str:
        return self._all_stamps().get(name, "")

    def _all_stamps(self) -> dict[str, str]:
        stamps: dict[str, str] = json.loads(_read(self._stamps) or "{}")
        return stamps

    def _remember(self, name: str, word: str) -> None:
        if self._stamp(name) != word:
            self._stamps.write_text(json.dumps(self._all_stamps() | {name: word}))


def prepare(goal: str, clone: Clone) -> None:
    """Do the steps one goal needs: ``demo``, ``test``, ``quick``, ``tools`` or ``lock``."""
    if goal == "lock":
        clone.lock()
        return
    clone.machine(*_NEEDS[goal])
    clone.virtual_environment()
    clone.packages(_SERVICE if goal == "demo" else _EVERYTHING)
    if goal != "tools":
        clone.assets()


def main(goal: str) -> None:
    """Make the clone ready for a goal, and for ``demo`` then become it; or ``clean`` it."""
    progress = Progress()
    try:
        if goal == "clean":
            clean(VAR, progress)
            return
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with _alone(progress):
            prepare(goal, Clone(progress))
    except DemoProblem as problem:
        raise SystemExit(f"\n{problem}") from problem
    except KeyboardInterrupt:
        raise SystemExit("\nStopped. The next run goes on where this one was.") from None
    if goal == "demo":
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", "throughline.demo"])  # noqa: S606 - our own module


def _alone(progress: Progress) -> TextIOWrapper:
    file = VAR / "bootstrap.lock"
    try:
        return lock.hold(file)
    except lock.Held as held:
        progress.say(f"Process {held.pid} is making this clone ready: waiting for it.")
        return lock.hold(file, wait=True)


def _answers(python: Path) -> bool:
    if not python.exists():
        return False
    question = f"import sys, pip; raise SystemExit(sys.version_info < {_OLDEST})"
    return subprocess.run([str(python), "-c", question], check=False, capture_output=True).returncode == 0  # noqa: S603


def _digest(files: Iterable[Path]) -> str:
    return digest(ROOT, files)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""

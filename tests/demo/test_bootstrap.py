"""Making a clone ready: what is missing is said in the words to type, what is done is not done again."""

import ast
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from throughline.demo import bootstrap, lock, process, system
from throughline.demo.process import DemoProblem
from throughline.demo.progress import Progress

ROOT = Path(__file__).parents[2]
ON_THE_BARE_PYTHON = ("bootstrap", "clean", "digest", "lock", "place", "process", "progress", "system")


def test_the_bootstrap_runs_on_a_python_that_has_nothing_but_its_standard_library() -> None:
    seen = set()
    for name in ON_THE_BARE_PYTHON:
        tree = ast.parse((ROOT / "platform/throughline/demo" / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                seen |= {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                seen |= (
                    {node.module}
                    if node.module != "throughline.demo"
                    else {f"throughline.demo.{alias.name}" for alias in node.names}
                )
    allowed = {f"throughline.demo.{name}" for name in ON_THE_BARE_PYTHON}
    assert {name for name in seen if name.split(".")[0] not in sys.stdlib_module_names} <= allowed


def test_an_old_python_is_told_what_to_install() -> None:
    script = (ROOT / "bin/bootstrap.py").read_text().replace("< (3, 11)", "< (9, 9)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "apt-get install python3.11" in done.stderr


def test_without_root_a_missing_library_stops_with_the_line_to_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need = system.Need("PDF libraries", system.PRINTING.packages, lambda: False, "install Pango")
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    with pytest.raises(DemoProblem) as stopped:
        system.ensure([need], Progress(io.StringIO()), tmp_path / "log")
    assert (
        "sudo apt-get update && sudo apt-get install --yes --no-install-recommends "
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core\n"
    ) in str(stopped.value)


def test_a_system_without_apt_is_told_what_to_look_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need = system.Need("PDF libraries", ("x",), lambda: False, "install Pango 1.44 or newer")
    monkeypatch.setattr(system.shutil, "which", lambda _name: None)
    with pytest.raises(DemoProblem, match=r"package manager: install Pango 1\.44 or newer"):
        system.ensure([need], Progress(io.StringIO()), tmp_path / "log")


def test_what_the_machine_has_is_seen_by_using_it() -> None:
    assert system.PRINTING.met()
    assert system.BROWSER.met()


def test_a_failing_step_shows_the_end_of_its_log_and_what_to_do(tmp_path: Path) -> None:
    stream = io.StringIO()
    shown = Progress(stream)
    words = [sys.executable, "-c", "print('no route to the index'); raise SystemExit(3)"]
    with pytest.raises(DemoProblem) as stopped, shown.step("Python packages", "check the network"):
        shown.run(words, env={}, cwd=tmp_path, log=tmp_path / "log" / "install.log", name="pip install")
    assert "`pip install` ended with code 3" in str(stopped.value)
    assert "    no route to the index" in str(stopped.value)
    assert str(stopped.value).endswith("What to do: check the network")
    assert stream.getvalue() == "  Python packages … did not work\n"


def test_a_command_that_is_not_there_is_a_problem_in_words(tmp_path: Path) -> None:
    shown = Progress(io.StringIO())
    with pytest.raises(DemoProblem, match="npm is not there"), shown.step("Page assets", "install npm"):
        shown.run(["npm"], env={"PATH": str(tmp_path)}, cwd=tmp_path, log=tmp_path / "log", name="npm ci")


def test_a_line_said_in_the_middle_of_a_step_stands_alone() -> None:
    stream = io.StringIO()
    shown = Progress(stream)
    with shown.step("PostgreSQL and Valkey", "look"):
        shown.say("its data lies elsewhere")
    assert stream.getvalue().splitlines() == [
        "  PostgreSQL and Valkey …",
        "its data lies elsewhere",
        "  PostgreSQL and Valkey … done",
    ]


def test_what_is_installed_and_built_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clone = bootstrap.Clone(Progress(io.StringIO()))
    stamps = {
        "packages": bootstrap._digest([ROOT / "requirements-dev.txt"]),
        "distributions": bootstrap._digest(
            [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
        ),
        "root": str(ROOT),
    }
    monkeypatch.setattr(clone, "_stamp", stamps.__getitem__)

    def refuse(name: str, _argv: object) -> None:
        raise AssertionError(f"{name} was run again")

    monkeypatch.setattr(clone, "_run", refuse)
    clone.machine(system.PRINTING, system.BROWSER)
    clone.virtual_environment()
    clone.packages("requirements-embedded.txt")
    clone.packages("requirements-dev.txt")
    stamps["packages"] = "of an older lock"
    with pytest.raises(AssertionError, match="pip install was run again"):
        clone.packages("requirements-embedded.txt")


def test_the_locks_agree_and_name_no_registry() -> None:
    locks = {
        name: (ROOT / name).read_text()
        for name in (
            "requirements.txt",
            "requirements-embedded.txt",
            "requirements-dev.txt",
            "requirements-node.txt",
        )
    }
    pins = {name: set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE)) for name, text in locks.items()}
    assert pins["requirements.txt"] < pins["requirements-embedded.txt"] < pins["requirements-dev.txt"]
    for text in locks.values():
        assert "http" not in text
        assert text.count("--hash=sha256:") >= len(re.findall(r"^\S+==", text, re.MULTILINE))


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "lock"), pytest.raises(lock.Held) as held:
        lock.hold(tmp_path / "lock")
    assert held.value.pid == process.os.getpid()
    lock.hold(tmp_path / "lock").close()


def test_the_example_of_settings_names_every_setting_and_no_other() -> None:
    read = set(
        re.findall(
            r'(?:need\(|source\.get\(f?)"(?:THROUGHLINE_)?([A-Z_]+)"',
            (ROOT / "platform/throughline/settings.py").read_text(),
        )
    )
    shown = set(re.findall(r"^THROUGHLINE_([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert shown == read


def test_every_target_of_the_makefile_is_explained_in_its_head() -> None:
    makefile = (ROOT / "Makefile").read_text()
    told = set(re.findall(r"^# make (\w+)", makefile, re.MULTILINE))
    assert told >= {"demo", "test", "quick", "lint", "bench", "clean", "lock"}
    assert told <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))

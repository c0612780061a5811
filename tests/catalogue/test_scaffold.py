"""Starting a plugin, and a plugin from outside this repository at work in a fresh environment."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from throughline.catalogue.scaffold import create
from throughline.kernel.errors import Conflict, Invalid

ASK = """
import json
from throughline.catalogue import catalogue_for, installed
catalogue = catalogue_for(frozenset({"night_staffing", "psirf"}))
print(json.dumps({
    "distribution": installed()["night_staffing"].distribution,
    "file": installed()["night_staffing"].plugin.__file__,
    "title": catalogue.plugins["night_staffing"].title,
    "rules": [key for key in catalogue.rules if key.startswith("night_staffing.")],
    "others": any(key.startswith("psirf.") for key in catalogue.rules),
    "problems": [problem.message for problem in catalogue.problems],
}))
"""


def test_it_makes_a_distribution_that_is_named_after_the_plugin(tmp_path: Path) -> None:
    home = create("night-staffing", tmp_path)
    assert home == tmp_path / "night_staffing"
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    assert project["name"] == "throughline-night-staffing"
    assert project["dependencies"] == ["throughline"]
    assert project["entry-points"]["throughline.plugins"] == {"night_staffing": "throughline_night_staffing"}
    assert sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()) == [
        "README.md",
        "pyproject.toml",
        "src/throughline_night_staffing/__init__.py",
        "src/throughline_night_staffing/py.typed",
        "src/throughline_night_staffing/rules.py",
        "tests/test_night_staffing.py",
    ]
    assert not [path for path in home.rglob("*") if path.is_file() and "$" in path.read_text()]


@pytest.mark.parametrize(
    "name", ["", "Night", "night staffing", "../night", "1night", "night-", "class", "local", "n" * 41]
)
def test_it_refuses_a_name_that_cannot_be_a_key(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="Write a name such as night-staffing"):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_write_over_what_is_there(tmp_path: Path) -> None:
    home = create("night-staffing", tmp_path)
    (home / "README.md").write_text("mine")
    with pytest.raises(Conflict, match="already there"):
        create("night-staffing", tmp_path)
    assert (home / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "near"),
    [("Night Staffing", "night-staffing"), ("Nights, by Tess!", "nights-by-tess"), ("2nd", "nd")],
)
def test_it_says_what_the_name_could_be(name: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=f"For example {near}"):
        create(name, tmp_path)


def test_it_refuses_the_key_of_a_plugin_that_is_installed(tmp_path: Path) -> None:
    """Two distributions that offer one key are both left out, so this would take the other away."""
    with pytest.raises(Conflict, match="throughline-psirf offers a plugin psirf already"):
        create("psirf", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_says_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("mine")
    with pytest.raises(Invalid, match=r"in: Nothing can be written to .*Not a directory"):
        create("night-staffing", tmp_path / "a-file")


def run(*command: str, folder: Path) -> str:
    scripts = str(Path(sys.executable).parent)
    environ = {**os.environ, "PATH": os.pathsep.join([scripts, os.environ["PATH"]])}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_plugin_built_outside_the_repository_works_in_a_fresh_environment(tmp_path: Path) -> None:
    home = create("night-staffing", tmp_path / "elsewhere")
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment), folder=tmp_path)
    python = str(environment / "bin" / "python")
    # The environment sees what is installed beside the platform (no network is needed) and adds its own.
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (site_packages / "platform.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, str(home), folder=tmp_path)

    seen = json.loads(run(python, "-c", ASK, folder=tmp_path))
    assert Path(seen.pop("file")).is_relative_to(site_packages)
    assert seen == {
        "distribution": "throughline-night-staffing",
        "title": "Night staffing",
        "rules": ["night_staffing.reported_late"],
        "others": True,
        "problems": [],
    }
    assert "1 passed" in run(python, "-m", "pytest", "-q", folder=home)

"""Finding plugins by their entry points."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from throughline.catalogue import Broken, Installed, installed
from throughline.catalogue.discovery import load

GROUP = "throughline.plugins"


@pytest.fixture
def module_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_plugins_of_this_repository_are_found() -> None:
    found = installed()
    assert {"email", "psirf", "seips"} <= set(found)
    assert all(isinstance(plugin, Installed) for plugin in found.values())
    assert found["psirf"].distribution == "throughline-psirf"


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("raise RuntimeError('no such drive')", "RuntimeError: no such drive"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("def (", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_imported_stops_only_itself(
    source: str, part: str, module_folder: Path
) -> None:
    (module_folder / "bad_plugin.py").write_text(source)
    (module_folder / "good_plugin.py").write_text("")
    found = load([EntryPoint("bad", "bad_plugin", GROUP), EntryPoint("good", "good_plugin", GROUP)])
    assert isinstance(found["good"], Installed)
    bad = found["bad"]
    assert isinstance(bad, Broken)
    assert bad.message.startswith("The plugin 'bad' (bad_plugin) could not be imported: ")
    assert part in bad.message


def test_a_key_that_two_distributions_offer_is_used_from_neither(module_folder: Path) -> None:
    for name in ("one", "two", "good"):
        (module_folder / f"{name}_plugin.py").write_text("")
    points = [EntryPoint("bad", "two_plugin", GROUP), EntryPoint("bad", "one_plugin", GROUP)]
    found = load([*points, EntryPoint("good", "good_plugin", GROUP)])
    assert isinstance(found["good"], Installed)
    assert found["bad"] == Broken(
        "bad",
        "one_plugin and two_plugin",
        "The plugin 'bad' is offered by one_plugin and two_plugin; uninstall all but one."
        " None of them is used.",
    )


def test_a_distribution_seen_twice_on_the_path_is_one_plugin(module_folder: Path) -> None:
    (module_folder / "good_plugin.py").write_text("")
    found = load([EntryPoint("good", "good_plugin", GROUP)] * 2)
    assert isinstance(found["good"], Installed)

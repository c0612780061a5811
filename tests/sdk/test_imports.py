"""The plugin API stands on three legs, and a plugin of this repository on the plugin API."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SDK = ROOT / "platform" / "throughline" / "sdk"
MAY = {"pluggy", "marshmallow", "throughline", *sys.stdlib_module_names}
PLUGIN_MODULES = sorted((ROOT / "plugins").glob("*/src/**/*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(SDK.glob("*.py")), ids=lambda path: path.name)
def test_the_sdk_imports_the_standard_library_pluggy_and_marshmallow_only(path: Path) -> None:
    allowed = MAY | ({"pytest"} if path.name == "testing.py" else set())
    names = set(imported(path))
    assert {name.partition(".")[0] for name in names} <= allowed
    assert all(name.startswith("throughline.sdk") for name in names if name.startswith("throughline"))


@pytest.mark.parametrize("path", PLUGIN_MODULES, ids=lambda path: str(path.relative_to(ROOT / "plugins")))
def test_a_plugin_imports_of_the_platform_the_sdk_only(path: Path) -> None:
    ours = {name for name in imported(path) if name.partition(".")[0] == "throughline"}
    assert ours <= {"throughline.sdk"}

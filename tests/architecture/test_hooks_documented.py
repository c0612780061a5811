"""Every hook is in the guide with its signature and an example that runs, and a plugin here uses it."""

import inspect
import re
import types
from pathlib import Path

import pytest

from throughline.catalogue import Installed, installed
from throughline.sdk import HookSpecs
from throughline.sdk.collecting import HOOK_RECORDS, plugin_manager
from throughline.sdk.testing import check_plugin

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml"))
HOOKS = sorted(name for name, value in vars(HookSpecs).items() if hasattr(value, "throughline_spec"))


def section(hook: str) -> str:
    found = re.search(rf"^### `{hook}`\n(.*?)(?=^##)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found, f"plugins/README.md has no section for the hook {hook}"
    return found[1]


def signature(hook: str) -> str:
    specified = inspect.signature(getattr(HookSpecs, hook))
    parameters = [parameter for name, parameter in specified.parameters.items() if name != "self"]
    returned = inspect.formatannotation(specified.return_annotation)
    text = f"{hook}({', '.join(map(str, parameters))}) -> {returned}"
    return re.sub(r"\b[a-z_]+(?:\.[a-z_]+)*\.(?=[A-Z])", "", text)


def plugin_of(key: str) -> Installed:
    found = installed().get(key)
    assert isinstance(found, Installed), f"the plugin {key} of this repository is not installed: {found}"
    return found


def example(code: str) -> types.ModuleType:
    module = types.ModuleType("example")
    exec(compile(code, "plugins/README.md", "exec"), vars(module))
    return module


def test_every_hook_but_the_first_has_its_record() -> None:
    assert set(HOOKS) == {"plugin_info", *HOOK_RECORDS}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_in_the_guide_with_its_exact_signature(hook: str) -> None:
    assert f"```text\n{signature(hook)}\n```" in section(hook)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_docstring(hook: str) -> None:
    assert inspect.getdoc(getattr(HookSpecs, hook))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_implemented_by_a_plugin_here(hook: str) -> None:
    manager = plugin_manager()
    for key in PLUGINS:
        manager.register(plugin_of(key).plugin, name=key)
    assert getattr(manager.hook, hook).get_hookimpls(), f"no plugin in plugins/ uses the hook {hook}"


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_of_every_hook_is_a_sound_plugin_that_uses_it(hook: str) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", section(hook), re.MULTILINE | re.DOTALL)
    module = example(code)
    assert hasattr(module, hook)
    check_plugin(module)


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.strip().splitlines()[-1].strip()[:40])
def test_every_example_in_the_guide_runs(code: str) -> None:
    example(code)


@pytest.mark.parametrize("key", PLUGINS)
def test_every_plugin_here_is_sound_and_in_the_guide(key: str) -> None:
    plugin = plugin_of(key)
    assert check_plugin(plugin.plugin).info.key == key
    assert f"[`{key}`]({key}/README.md)" in GUIDE
    assert (ROOT / "plugins" / key / "README.md").read_text().startswith(f"# {plugin.distribution}\n")

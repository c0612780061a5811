"""Whether something has changed since it was used: one digest over files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(root: Path, files: Iterable[Path]) -> str:
    """Return a digest, in hex, of where ``root`` lies and of the names and contents of files below it.

    A file that is not there counts as such.
    """
    found = hashlib.sha256(str(root).encode())
    for file in files:
        if file.exists():
            found.update(f"\n{file.relative_to(root)}\n".encode())
            found.update(file.read_bytes())
    return found.hexdigest()

"""What has to be known again at the next start: ports and passwords, readable by their owner only."""

import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path


class Memory(MutableMapping[str, str]):
    """Words by name, in a JSON file of mode 600 that is replaced as a whole at every change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._words: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def __setitem__(self, name: str, word: str) -> None:
        if self._words.get(name) == word:
            return
        self._words[name] = word
        self._write()

    def __delitem__(self, name: str) -> None:
        del self._words[name]
        self._write()

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def _write(self) -> None:
        half = self._file.with_suffix(".half")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            json.dump(self._words, output, indent=1)
        half.replace(self._file)

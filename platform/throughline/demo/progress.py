"""Telling the reader what is going on: one line a step, with its time, and a hint when it does not work."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from throughline.demo.process import Child, DemoProblem

_WORTH_TELLING = 1.0
_BEAT = 0.05


class Progress:
    """Writes the lines of a run. On a terminal the seconds of the current step count up."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._title = ""
        self._began = 0.0
        self._shown = 0

    def say(self, text: str) -> None:
        """Write one whole line, also in the middle of a step."""
        if self._title:
            self._write("\n")
        self._write(f"{text}\n")
        if self._title:
            self._write(f"  {self._title} …")

    @contextmanager
    def step(self, title: str, hint: str) -> Iterator[None]:
        """Show a step while it runs. A problem inside it is raised again with the hint of what to do.

        Raises:
            DemoProblem: the step did not work.
        """
        self._title, self._began, self._shown = title, time.monotonic(), 0
        self._write(f"  {title} …")
        try:
            yield
        except DemoProblem as problem:
            self._close(" did not work")
            raise DemoProblem(f"{title}: {problem}\n\nWhat to do: {hint}") from problem
        except BaseException:
            self._close("")
            raise
        took = time.monotonic() - self._began
        self._close(f" {took:.0f} s" if took >= _WORTH_TELLING else " done")

    def tick(self) -> None:
        """Let the seconds of the current step count up; call it often."""
        seconds = int(time.monotonic() - self._began)
        if self._stream.isatty() and seconds > self._shown:
            self._shown = seconds
            self._write(f"\r  {self._title} … {seconds} s")

    def run(
        self, argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path, name: str
    ) -> None:
        """Run a command to its end, its output in the log, with the time counting up.

        Raises:
            DemoProblem: it ended badly; the message carries the end of the log.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        child = Child(name, argv, log=log, env=env, cwd=cwd)
        try:
            child.start()
            while child.running:
                time.sleep(_BEAT)
                self.tick()
        except FileNotFoundError as missing:
            raise DemoProblem(f"{missing.filename} is not there") from missing
        finally:
            child.kill()
        if child.status:
            raise DemoProblem(f"`{name}` ended with code {child.status}. The end of {log}:\n{child.tail()}")

    def _close(self, word: str) -> None:
        before = f"\r  {self._title} …" if self._shown else ""
        self._title = ""
        self._write(f"{before}{word}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

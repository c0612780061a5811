"""One process that this one starts, in a session of its own, and that never outlives it."""

import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_SESSION = 3  # in /proc/<pid>/stat, counted from the state that follows the command's closing bracket
_TAIL_LINES = 12
_BLINK = 0.02
_LAST_WORDS_WITHIN = 30.0


class DemoProblem(Exception):
    """Something the reader has to see; the message says what happened and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating-system account a process runs as."""

    name: str
    uid: int
    gid: int
    switched: bool

    @classmethod
    def own(cls) -> "Account":
        """Return the account this process runs as."""
        return cls(f"uid {os.geteuid()}", os.geteuid(), os.getegid(), switched=False)

    @classmethod
    def unprivileged(cls) -> "Account":
        """Return an account PostgreSQL accepts: one's own, or for root the machine's ``nobody``.

        Raises:
            DemoProblem: this is root, and there is no account to step down to, or no way to do it.
        """
        if os.geteuid() != 0:
            return cls.own()
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            raise DemoProblem(
                "PostgreSQL does not run as root, and this machine has no account `nobody` to step down to. "
                "Run the command as an ordinary user."
            ) from None
        account = cls(entry.pw_name, entry.pw_uid, entry.pw_gid, switched=True)
        try:
            account.run(["/usr/bin/test", "stepping down"], env={})
        except PermissionError:
            raise DemoProblem(
                "PostgreSQL does not run as root, and this container may not step down to another account. "
                "Run the command as an ordinary user."
            ) from None
        return account

    def run(self, argv: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a short command as this account and return its outcome, both outputs in ``stdout``.

        Raises:
            OSError: the account may not run that file.
        """
        who = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switched else {}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - our own binaries
            [str(part) for part in argv],
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **who,
        )

    def may_use(self, *paths: Path) -> bool:
        """Whether this account can reach, read and (for folders) enter every one of the paths."""
        if not self.switched:
            return True
        return all(
            self.run(["/usr/bin/test", "-r", path, "-a", "-x", path], env={}).returncode == 0
            for path in paths
        )


@dataclass
class Child:
    """A long-running process of ours: in its own session, told to stop by the kernel when we die.

    Start it from the main thread: the kernel watches the thread that started it, not the process.
    """

    name: str
    argv: Sequence[str | Path]
    log: Path
    env: Mapping[str, str]
    cwd: Path = Path("/")
    account: Account = field(default_factory=Account.own)
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    _popen: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _written_before: int = field(default=0, init=False)

    def start(self) -> None:
        """Start the process; what it prints goes to the end of its log."""
        parent, stop_signal = os.getpid(), int(self.stop_signal)

        def tie_to_parent() -> None:
            # After the account was switched: switching clears the setting.
            _LIBC.prctl(_PR_SET_PDEATHSIG, stop_signal)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

        switched = self.account.switched
        with self.log.open("ab") as output:
            self._written_before = output.tell()
            self._popen = subprocess.Popen(  # noqa: S603 - our own programs
                [str(part) for part in self.argv],
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=tie_to_parent,  # noqa: PLW1509 - it calls prctl, and is run from the main thread
                user=self.account.uid if switched else None,
                group=self.account.gid if switched else None,
                extra_groups=[] if switched else None,
            )

    @property
    def pid(self) -> int:
        """The process id, or 0 when it was never started."""
        return self._popen.pid if self._popen else 0

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def status(self) -> int | None:
        """How the process ended: its exit status, minus a signal's number, or None while it runs."""
        return self._popen.poll() if self._popen else None

    def wait(self, seconds: float) -> bool:
        """Wait for the process to end; return whether it did."""
        deadline = time.monotonic() + seconds
        while self.running and time.monotonic() < deadline:
            time.sleep(_BLINK)
        return not self.running

    def ask_to_stop(self) -> None:
        """Send the signal that ends this program tidily, without waiting for it."""
        if self.running and self._popen is not None:
            self._popen.send_signal(self.stop_signal)

    def stop(self) -> None:
        """End the process tidily, within its patience, then for certain, with all it started."""
        self.ask_to_stop()
        self.wait(self.patience)
        self.kill()

    def kill(self) -> None:
        """End the process, and whatever else is left in the session made for it, at once."""
        if self._popen is None:
            return
        for pid in members_of_session(self._popen.pid):
            _send(pid, signal.SIGKILL)
        self._popen.wait()

    def tail(self) -> str:
        """The last lines this process put into its log, indented for showing under a message."""
        with self.log.open("rb") as log:
            log.seek(self._written_before)
            last = deque(log, maxlen=_TAIL_LINES)
        shown = "\n".join(f"    {line.decode(errors='replace').rstrip()}" for line in last)
        return shown or "    (it wrote nothing)"


def let_a_former_server_end(note: Path, program: str, folder: Path) -> None:
    """Wait for a server that outlived a killed starter, and forget the note of one that is gone.

    The caller holds the lock of the servers' folder, so no living starter has this server.

    Args:
        note: the file in which the server keeps its process id, in the first line.
        program: the server's name as the kernel knows it.
        folder: the server's working folder; another process that was given the same id has another one.

    Raises:
        DemoProblem: the server does not end.
    """
    deadline = time.monotonic() + _LAST_WORDS_WITHIN
    while note.exists():
        pid = note.read_text().partition("\n")[0]
        if not _is_in(pid, program, folder):
            note.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise DemoProblem(f"A {program} (process {pid}) still uses {folder}. End it with: kill {pid}")
        time.sleep(_BLINK)


def _is_in(pid: str, program: str, folder: Path) -> bool:
    process = Path("/proc", pid)
    try:
        name = (process / "comm").read_text().strip()
        return pid.isdecimal() and name == program and (process / "cwd").resolve() == folder.resolve()
    except OSError:
        return False  # no such process any more, or somebody else's


def members_of_session(session: int) -> list[int]:
    """Return the ids of the living processes in one session, its leader included."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue  # it ended while we looked
        fields = stat.rpartition(")")[2].split()
        if fields[0] != "Z" and int(fields[_SESSION]) == session:
            found.append(int(entry.name))
    return found


def _send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return  # it ended by itself in the meantime

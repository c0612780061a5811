"""Keep what somebody typed when their session ended before they could send it.

The form's fields travel sealed (encrypted, with a time limit) through the sign-in page and come back on a
page with one button that sends them where they were going, with a fresh CSRF token. Nothing is stored.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from flask import Request

from throughline.kernel.keys import Keyring

KEPT = timedelta(hours=2)
_PURPOSE = "held-form"
_NEVER = frozenset({"csrf_token", "password", "held"})
_LARGEST = 400_000


@dataclass(frozen=True)
class HeldForm:
    """A form that was not sent yet: where it was going and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def hold(keys: Keyring, request: Request, now: datetime) -> str:
    """Seal the fields of a request; empty when there is nothing to hold or it is too much."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER]
    if not fields:
        return ""
    text = json.dumps({"path": request.full_path.rstrip("?"), "fields": fields, "at": now.isoformat()})
    if len(text) > _LARGEST:
        return ""
    return base64.urlsafe_b64encode(keys.encrypt(_PURPOSE, None, text)).decode()


def release(keys: Keyring, sealed: str, now: datetime) -> HeldForm | None:
    """Open what ``hold`` sealed, or None when it is not ours, was changed or is too old."""
    try:
        text = keys.decrypt(_PURPOSE, None, base64.urlsafe_b64decode(sealed.encode()))
    except (InvalidTag, binascii.Error, ValueError):
        return None
    found = json.loads(text)
    if now - datetime.fromisoformat(found["at"]) > KEPT or not is_local(found["path"]):
        return None
    return HeldForm(found["path"], tuple((name, value) for name, value in found["fields"]))


def is_local(path: str) -> bool:
    """Say whether an address stays on this site: one slash, no host, no scheme, no trick of a backslash."""
    parts = urlsplit(path)
    odd = any(ord(character) < ord(" ") or character == "\\" for character in path)
    return path.startswith("/") and not path.startswith("//") and not (parts.scheme or parts.netloc or odd)

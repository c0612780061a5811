"""The link in a mail: signed for one person and one escalation, of use once, and of none without signing in.

A mail scanner that follows it finds the sign-in page. Whoever signs in as somebody else, or in another
tenant, finds nothing. What it leads to is answered with a button, and an escalation is answered once: then
the link leads to what was answered, and asks no more.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from throughline.tenancy.scope import Scope

GOOD_FOR = timedelta(days=14)
_ID, _TIME, _SIGNATURE = 16, 6, 32


@dataclass(frozen=True)
class Invitation:
    """What a link's token says: whom it asks about what, and until when."""

    escalation_id: UUID
    user_id: UUID
    until: datetime


def token_for(scope: Scope, escalation_id: UUID, user_id: UUID) -> str:
    """Return the token of a person's link to an escalation."""
    until = int((scope.now() + GOOD_FOR).timestamp())
    said = escalation_id.bytes + user_id.bytes + until.to_bytes(_TIME)
    return base64.urlsafe_b64encode(said + _signature(scope, said)).rstrip(b"=").decode()


def read_token(scope: Scope, token: str) -> Invitation | None:
    """Return what a token of this tenant says; None when it is none, or was changed. It may be too old."""
    try:
        whole = base64.b64decode(token.encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
    if len(said) != 2 * _ID + _TIME or not hmac.compare_digest(signature, _signature(scope, said)):
        return None
    until = datetime.fromtimestamp(int.from_bytes(said[2 * _ID :]), UTC)
    return Invitation(UUID(bytes=said[:_ID]), UUID(bytes=said[_ID : 2 * _ID]), until)


def _signature(scope: Scope, said: bytes) -> bytes:
    key = scope.keys.derive("escalation-link", scope.tenant.id)
    return hmac.new(key, said, hashlib.sha256).digest()

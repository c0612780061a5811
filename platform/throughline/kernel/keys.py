"""Keys derived from the one secret, one per tenant and purpose.

Identifiers of people affected are encrypted (AES-256-GCM, random nonce) and matched through a blind index
(HMAC-SHA-256), so the database alone tells nobody who they are and two tenants' indexes cannot be joined.
"""

import hashlib
import hmac
import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Keyring:
    """Derives keys and uses them; never hands one out by itself except through ``derive``."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str, tenant_id: UUID | None = None) -> bytes:
        """Return the 32-byte key of a purpose, in a tenant if one is named (HKDF-SHA-256, RFC 5869)."""
        info = f"throughline/{purpose}/{tenant_id or 'platform'}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._secret)

    def encrypt(self, purpose: str, tenant_id: UUID | None, text: str) -> bytes:
        """Encrypt text for one purpose in one tenant."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.derive(purpose, tenant_id)).encrypt(nonce, text.encode(), None)

    def decrypt(self, purpose: str, tenant_id: UUID | None, sealed: bytes) -> str:
        """Decrypt what ``encrypt`` made for the same purpose and tenant.

        Raises:
            cryptography.exceptions.InvalidTag: the bytes were changed or belong elsewhere.
        """
        key = AESGCM(self.derive(purpose, tenant_id))
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()

    def blind_index(self, purpose: str, tenant_id: UUID, text: str) -> bytes:
        """Return a digest that is equal for equal text, case and spaces aside, within one tenant only."""
        canonical = "".join(text.split()).casefold()
        key = self.derive(f"{purpose}/index", tenant_id)
        return hmac.new(key, canonical.encode(), hashlib.sha256).digest()

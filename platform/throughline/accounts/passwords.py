"""Passwords: argon2id, long rather than complicated (OWASP ASVS 5.0, 6.2.1 to 6.2.12)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from throughline.kernel.errors import Invalid

SHORTEST, LONGEST = 12, 256
TELLING = 4
"""A name of fewer letters, such as Bo, stands in many good passwords by chance."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody signs in with this")


def hash_password(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Return the argon2id hash of a new password.

    Raises:
        Invalid: it is too short or too long, or holds the person's own name or e-mail.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"Use {SHORTEST} to {LONGEST} characters. A few unrelated words work well."
        raise Invalid({"password": [message]})
    if any(len(part) >= TELLING and part.casefold() in password.casefold() for part in about):
        raise Invalid({"password": ["Leave your own name and e-mail out of it."]})
    if len(set(password)) < SHORTEST // 2:
        raise Invalid({"password": ["Use more different characters."]})
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Say whether a password is right, in the same time whether or not there is an account."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password[:LONGEST]) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False

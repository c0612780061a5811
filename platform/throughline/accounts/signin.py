"""Sign in, slowing guesses down without ever locking the person out for good.

An address that guesses is slowed, and so is an account under attack; but a browser address that signed in
to the account before is let through the account's limit, and every limit passes with time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from throughline.accounts.models import AccountEvent, SignInAttempt, User
from throughline.accounts.passwords import is_right
from throughline.kernel.errors import ThroughlineError
from throughline.tenancy.scope import PlatformScope

WINDOW = timedelta(minutes=15)
FROM_ONE_ADDRESS = 30
AT_ONE_ACCOUNT = 10
KEPT = timedelta(days=30)


class SlowDown(ThroughlineError):
    """Too many tries lately. ``minutes`` until the next one counts."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        super().__init__(f"too many tries; wait {minutes} minutes")


@dataclass(frozen=True)
class Person:
    """Somebody who signed in, detached from the database."""

    id: UUID
    name: str
    email: str
    job_title: str


def sign_in(scope: PlatformScope, email: str, password: str, address: str) -> Person | None:
    """Return the person if e-mail and password are right, else None; never saying which was wrong.

    Raises:
        SlowDown: this address, or this account from a new address, had too many wrong tries.
    """
    digest = _digest(email)
    _slow_down(scope, digest, address)
    user = scope.session.scalar(select(User).where(User.email == email.strip().casefold()))
    right = is_right(user.password_hash if user else None, password)
    succeeded = right and user is not None and user.disabled_at is None
    scope.session.add(
        SignInAttempt(email_digest=digest, address=address, at=scope.now(), succeeded=succeeded)
    )
    if user is not None:
        note(scope, user.id, "signed_in" if succeeded else "sign_in.refused", address)
    if not succeeded or user is None:
        return None
    return Person(user.id, user.name, user.email, user.job_title)


def note(
    scope: PlatformScope,
    user_id: UUID | None,
    action: str,
    address: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write to the accounts' trail."""
    scope.session.add(
        AccountEvent(
            at=scope.now(), user_id=user_id, action=action, address=address, detail=dict(detail or {})
        )
    )


def forget_old_attempts(scope: PlatformScope) -> None:
    """Forget tries that no limit looks at any more."""
    scope.session.execute(delete(SignInAttempt).where(SignInAttempt.at < scope.now() - KEPT))


def _slow_down(scope: PlatformScope, digest: bytes, address: str) -> None:
    since = scope.now() - WINDOW
    wrong = select(func.count(), func.min(SignInAttempt.at)).where(
        SignInAttempt.at > since, SignInAttempt.succeeded.is_(False)
    )
    from_here, first = scope.session.execute(wrong.where(SignInAttempt.address == address)).one()
    if from_here >= FROM_ONE_ADDRESS:
        raise SlowDown(_minutes_left(scope, first))
    at_account, first = scope.session.execute(wrong.where(SignInAttempt.email_digest == digest)).one()
    if at_account >= AT_ONE_ACCOUNT and not _known_here(scope, digest, address):
        raise SlowDown(_minutes_left(scope, first))


def _known_here(scope: PlatformScope, digest: bytes, address: str) -> bool:
    """Say whether this account signed in from this address before: its owner, not the one who guesses."""
    known = select(SignInAttempt.id).where(
        SignInAttempt.email_digest == digest,
        SignInAttempt.address == address,
        SignInAttempt.succeeded.is_(True),
    )
    return scope.session.scalar(known.limit(1)) is not None


def _minutes_left(scope: PlatformScope, first: Any) -> int:
    left: timedelta = first + WINDOW - scope.now()
    return max(1, round(left.total_seconds() / 60))


def _digest(email: str) -> bytes:
    return hashlib.sha256(email.strip().casefold().encode()).digest()

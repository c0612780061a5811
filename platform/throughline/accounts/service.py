"""Add people and give them roles: for the command line and the demo."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.events import MembershipGiven
from throughline.accounts.models import Access, CommissionerAccess, Membership, User
from throughline.accounts.passwords import hash_password
from throughline.accounts.permissions import ROLES
from throughline.accounts.signin import note
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Invalid
from throughline.tenancy.scope import PlatformScope, Scope


def add_user(scope: PlatformScope, email: str, name: str, password: str, job_title: str = "") -> UUID:
    """Add an account, or give the existing one of this e-mail its name and password; return its id.

    Raises:
        Invalid: the e-mail or the password cannot be used.
    """
    email = email.strip().casefold()
    if email.count("@") != 1 or " " in email or not all(email.split("@")):
        raise Invalid({"email": ["Write an e-mail address such as name@example.org."]})
    hashed = hash_password(password, about=(name, email))
    user = scope.session.scalar(select(User).where(User.email == email))
    if user is None:
        user = User(id=uuid7(), email=email, name=name, password_hash=hashed, created_at=scope.now())
        scope.session.add(user)
    user.name, user.password_hash, user.job_title = name, hashed, job_title
    note(scope, user.id, "account.set", "", {"name": name})
    scope.session.flush()
    return user.id


def give_role(scope: Scope, user_id: UUID, role: str, unit_id: UUID | None) -> None:
    """Give a person a role over a unit's subtree, or over the whole tenant. Twice is once.

    Raises:
        Invalid: there is no such role.
    """
    if role not in ROLES:
        raise Invalid({"role": [f"Use one of {', '.join(ROLES)}."]})
    scope.session.execute(
        insert(Access).values(user_id=user_id, tenant_id=scope.tenant.id).on_conflict_do_nothing()
    )
    query = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.role == role,
        Membership.unit_id.is_not_distinct_from(unit_id),
    )
    if scope.session.scalar(query.where(Membership.ended_at.is_(None))) is None:
        row = Membership(id=uuid7(), user_id=user_id, role=role, unit_id=unit_id, since=scope.now())
        scope.session.add(row)
        scope.session.flush()
        scope.emit(MembershipGiven(row.id, user_id, role, unit_id))


def let_read_for(scope: PlatformScope, user_id: UUID, commissioner_id: UUID) -> None:
    """Let a person read what is published to a commissioner. Twice is once."""
    scope.session.execute(
        insert(CommissionerAccess)
        .values(user_id=user_id, commissioner_id=commissioner_id)
        .on_conflict_do_nothing()
    )
    note(scope, user_id, "commissioner_access.given", "", {"commissioner": str(commissioner_id)})

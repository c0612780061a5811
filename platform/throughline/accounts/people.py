"""Who somebody is inside a tenant, and who answers for a unit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import exists, or_, select

from throughline.accounts.models import Access, CommissionerAccess, Membership, User
from throughline.accounts.permissions import ROLES, Permission
from throughline.accounts.signin import Person
from throughline.kernel.actor import Actor
from throughline.kernel.errors import NotFound
from throughline.tenancy.models import Commissioner, Tenant
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import PlatformScope, Scope


def actor_for(scope: Scope, person: Person, tree: Tree) -> Actor:
    """Return the person as an actor in this tenant, with what each membership grants and where.

    Raises:
        NotFound: they have no membership here, which looks the same as a tenant that does not exist.
    """
    rows = scope.session.scalars(
        select(Membership).where(Membership.user_id == person.id, Membership.ended_at.is_(None))
    ).all()
    if not rows:
        raise NotFound("no such provider")
    grants: dict[str, frozenset[UUID] | None] = {}
    for row in rows:
        units = None if row.unit_id is None else tree.subtree(row.unit_id)
        for permission in ROLES[row.role]:
            held = grants.get(permission, frozenset())
            grants[permission] = None if units is None or held is None else held | units
    return Actor(person.id, person.name, frozenset(row.role for row in rows), grants, email=person.email)


def doors_of(scope: PlatformScope, user_id: UUID) -> tuple[Sequence[Tenant], Sequence[Commissioner]]:
    """Return the tenants and the commissioners a person may enter, by name."""
    tenants = scope.session.scalars(
        select(Tenant)
        .join(Access, Access.tenant_id == Tenant.id)
        .where(Access.user_id == user_id, Tenant.suspended_at.is_(None))
        .order_by(Tenant.name)
    ).all()
    commissioners = scope.session.scalars(
        select(Commissioner)
        .join(CommissionerAccess, CommissionerAccess.commissioner_id == Commissioner.id)
        .where(CommissionerAccess.user_id == user_id)
        .order_by(Commissioner.name)
    ).all()
    return tenants, commissioners


def reads_for(scope: PlatformScope, user_id: UUID, commissioner_id: UUID) -> bool:
    """Say whether a person reads for a commissioner."""
    return scope.session.get(CommissionerAccess, (user_id, commissioner_id)) is not None


def holders(scope: Scope, role: str, tree: Tree, unit_id: UUID) -> list[User]:
    """Return who holds a role for a unit: those nearest to it in the tree, else the whole tenant's.

    Somebody always answers: with no holder of the role, the governance leads do, else the administrators.
    """
    for wanted in dict.fromkeys((role, "governance_lead", "administrator")):
        by_unit: dict[UUID | None, list[User]] = defaultdict(list)
        query = (
            select(Membership.unit_id, User)
            .join(User, User.id == Membership.user_id)
            .where(Membership.role == wanted, Membership.ended_at.is_(None), User.disabled_at.is_(None))
            .order_by(User.name)
        )
        for unit, user in scope.session.execute(query):
            by_unit[unit].append(user)
        for place in (*(unit.id for unit in tree.ancestors(unit_id)), None):
            if by_unit[place]:
                return by_unit[place]
    return []


def who_may(scope: Scope, permission: Permission, tree: Tree, unit_id: UUID) -> list[User]:
    """Return the tenant's people who hold a permission in a unit, by name."""
    roles = [role for role, granted in ROLES.items() if permission in granted]
    places = [unit.id for unit in tree.ancestors(unit_id)]
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role.in_(roles),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
            or_(Membership.unit_id.is_(None), Membership.unit_id.in_(places)),
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    return list(scope.session.scalars(query))


def named(scope: Scope, user_ids: Iterable[UUID | None]) -> dict[UUID, User]:
    """Return people by id, for showing who did what. Only people of this tenant are found."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    query = (
        select(User)
        .join(Access, Access.user_id == User.id)
        .where(User.id.in_(wanted), Access.tenant_id == scope.tenant.id)
    )
    return {user.id: user for user in scope.session.scalars(query)}


def by_address(scope: Scope, addresses: Iterable[str]) -> dict[str, User]:
    """Return the tenant's people who have a role here, by the address asked for. Nobody else is found."""
    wanted = set(addresses)
    if not wanted:
        return {}
    here = exists().where(
        Membership.tenant_id == scope.tenant.id, Membership.user_id == User.id, Membership.ended_at.is_(None)
    )
    query = select(User).where(User.email.in_(wanted), User.disabled_at.is_(None), here)
    return {user.email: user for user in scope.session.scalars(query)}


def colleagues(scope: Scope, roles: Iterable[str]) -> list[User]:
    """Return the tenant's people who hold one of some roles, by name: for choosing a lead or an owner."""
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role.in_(list(roles)), Membership.ended_at.is_(None), User.disabled_at.is_(None))
        .distinct()
        .order_by(User.name, User.id)
    )
    return list(scope.session.scalars(query))

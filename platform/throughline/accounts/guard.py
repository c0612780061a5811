"""What every tenant page wears: the scope of the request, and the permission it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import g
from flask_login import current_user

from throughline.accounts.permissions import Permission
from throughline.accounts.signin import Person
from throughline.kernel.errors import Forbidden
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import CommissionerScope, Scope

P = ParamSpec("P")
R = TypeVar("R")


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for an actor who holds the permission somewhere in the tenant.

    Which units it covers is the feature's own policy. The permission is left on the function, where a
    test finds that every tenant page wears one.
    """

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not current_scope().actor.may(permission):
                raise Forbidden("not for this role")
            return view(*args, **kwargs)

        cast("Any", guarded).permission = permission
        return guarded

    return wrap


def for_everybody(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a tenant page that every member may open: their own home, inbox and sessions."""
    cast("Any", view).permission = None
    return view


def current_scope() -> Scope:
    """Return the request's scope inside its tenant."""
    return cast("Scope", g.scope)


def current_tree() -> Tree:
    """Return the unit tree of the request's tenant, read once for the request."""
    return cast("Tree", g.tree)


def current_commissioner() -> CommissionerScope:
    """Return the request's scope inside its commissioner."""
    return cast("CommissionerScope", g.commissioner_scope)


def current_person() -> Person:
    """Return who signed in."""
    return cast("Person", current_user.person)

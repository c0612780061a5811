"""Accounts for the personas, who can sign in, and for the colleagues around them, who are only named."""

import secrets
from collections.abc import Mapping

from sqlalchemy import select

from throughline.accounts import service as accounts
from throughline.accounts.models import User
from throughline.accounts.passwords import hash_password
from throughline.demo.loading.desk import Somebody
from throughline.demo.personas import PASSWORD, PERSONAS
from throughline.demo.story.records import Story
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import Scope, Scopes


def commissioners(scopes: Scopes) -> None:
    """Give the personas who read for a commissioner their accounts."""
    for persona in PERSONAS:
        if persona.membership == "commissioner":
            found = scopes.find_commissioner(persona.tenant)
            with scopes.platform_scope(SYSTEM, "demo") as scope:
                job = persona.role.capitalize()
                user_id = accounts.add_user(scope, persona.email, persona.name, PASSWORD, job)
                accounts.let_read_for(scope, user_id, found.id)


def of_tenant(scope: Scope, story: Story, units: Tree) -> Mapping[str, Somebody]:
    """Give everybody of a tenant an account and their role; return them by e-mail address."""
    nobody_knows = hash_password(secrets.token_urlsafe(40))
    found: dict[str, Somebody] = {}
    for one in story.users:
        if one.tenant != scope.tenant.slug:
            continue
        if one.persona:
            user_id = accounts.add_user(scope, one.email, one.name, PASSWORD, one.job)
        else:
            user = scope.session.scalar(select(User).where(User.email == one.email))
            if user is None:
                user = User(
                    id=uuid7(),
                    email=one.email,
                    name=one.name,
                    job_title=one.job,
                    password_hash=nobody_knows,
                    created_at=scope.now(),
                )
                scope.session.add(user)
                scope.session.flush()
            user_id = user.id
        accounts.give_role(scope, user_id, one.membership, units.by_key(one.unit).id if one.unit else None)
        found[one.email] = Somebody(user_id, one.name)
    return found

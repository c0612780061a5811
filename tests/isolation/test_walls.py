"""The database confines every owned table by itself; each kind of planted hole is found."""

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from tests.isolation import walls

from throughline.features import metadata
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import Base, CommissionerOwned, OwnedSession, OwnerMismatch, TenantOwned

MAPPED = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda found: found.__name__)
OWNED = [found for found in MAPPED if issubclass(found, TenantOwned)]
PUBLISHED = [found for found in MAPPED if issubclass(found, CommissionerOwned)]


@pytest.fixture
def admin(world):
    with world.admin.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("check", walls.CHECKS, ids=lambda check: check.__name__)
def test_the_database_has_no_hole(admin, check):
    assert check(admin) == []


def test_every_mapped_owned_class_is_a_table_with_a_wall(admin):
    assert {found.__tablename__ for found in (*OWNED, *PUBLISHED)} == set(walls.owned(admin))
    assert set(inspect(admin).get_table_names()) - {"alembic_version"} == set(metadata().tables)


# Each hole as somebody could make it in a migration or by hand, and the check that must find it.
HOLES = {
    "row security off": ("alter table incident disable row level security", walls.row_security),
    "row security not forced": ("alter table person no force row level security", walls.row_security),
    "no policy": ("drop policy review_owner on review", walls.row_security),
    "a second, wider policy": ("create policy wide on learning using (true)", walls.row_security),
    "a policy that opens": (
        "alter policy action_owner on action using (tenant_id = current_setting('throughline.tenant_id')::uuid or true)",
        walls.row_security,
    ),
    "a policy with a silent default": (
        "alter policy job_owner on job using"
        " (tenant_id = nullif(current_setting('throughline.tenant_id', true), '')::uuid)",
        walls.row_security,
    ),
    "a table without a wall": (
        "create table forgotten (tenant_id uuid not null, id uuid, primary key (tenant_id, id))",
        walls.row_security,
    ),
    "an owner that may be null": ("alter table share alter tenant_id drop not null", walls.row_security),
    "a reference that leaves the tenant": (
        "create unique index loose on review (id);"
        " alter table factor add constraint loose foreign key (review_id) references review (id)",
        walls.keys,
    ),
    "a unique index across tenants": ("create unique index loose on incident (reference)", walls.keys),
    "an index that does not lead with the tenant": ("create index loose on incident (category)", walls.keys),
    "a view with its owner's rights": ("create view peek as select * from incident", walls.ways_around),
    "a materialised view": ("create materialized view peek as select * from unit", walls.ways_around),
    "a function with its owner's rights": (
        "create function peek() returns bigint language sql security definer as 'select count(*) from incident'",
        walls.ways_around,
    ),
    "TRUNCATE for the application": ("grant truncate on incident to throughline_app", walls.ways_around),
    "a role that bypasses": ("alter role throughline_app bypassrls", walls.ways_around),
    "a trail that can be changed": (
        "drop trigger audit_event_is_append_only on audit_event",
        walls.append_only,
    ),
    "a trail the application may edit": ("grant update on audit_event to throughline_app", walls.append_only),
}


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_is_found(admin, hole):
    statement, check = HOLES[hole]
    if hole == "an owner that may be null":
        statement = "alter table share drop constraint pk_share cascade; " + statement
    for part in statement.split("; "):
        admin.execute(text(part))
    assert check(admin) != []


@pytest.mark.parametrize("mapped", [*OWNED, *PUBLISHED], ids=lambda found: found.__name__)
def test_no_owner_set_is_an_error_and_never_an_empty_result(scopes, mapped):
    with (
        pytest.raises(DBAPIError, match=r"unrecognized configuration parameter|invalid input syntax"),
        scopes.platform_scope(SYSTEM) as scope,
    ):
        scope.session.scalars(select(mapped)).all()


def test_a_setting_does_not_outlive_its_transaction(scopes, calder):
    with OwnedSession(scopes.engine, tenant_id=calder.id) as session:
        session.execute(text("select 1"))
        session.rollback()
    with scopes.engine.connect() as connection:
        found = connection.scalar(text("select current_setting('throughline.tenant_id', true)"))
    assert found in (None, "")


def test_a_row_of_another_tenant_is_refused_by_the_session_and_by_the_database(scopes, calder, hollins):
    values = {"name": "x", "year": 1, "last": 1}
    sequence = next(found for found in OWNED if found.__tablename__ == "sequence")
    with pytest.raises(OwnerMismatch), scopes.tenant(calder, SYSTEM) as scope:
        scope.session.add(sequence(tenant_id=hollins.id, **values))
        scope.session.flush()
    insert = text(
        "insert into sequence (tenant_id, id, name, year, last) values (:tenant, gen_random_uuid(), 'x', 1, 1)"
    )
    with pytest.raises(DBAPIError, match="row-level security"), scopes.tenant(calder, SYSTEM) as scope:
        scope.session.execute(insert, {"tenant": hollins.id})


@pytest.mark.parametrize(
    "statement", ["update audit_event set action = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_the_trail_refuses_change_by_its_owner_too(world, calder, statement):
    with world.admin.connect() as connection:
        connection.execute(text(f"set local throughline.tenant_id = '{calder.id}'"))
        connection.execute(text("set role throughline_owner"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))
        connection.rollback()

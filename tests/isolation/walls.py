"""What the database must say of every owned table: functions that take a connection and return findings."""

from sqlalchemy import Connection, text

# Tables that name a tenant and are nobody's to confine, each with the reason.
PLATFORM = {
    "outbox": "ids and times of waiting jobs; the sweeper rings for every tenant",
    "schedule": "which job when; the ticker runs every tenant's",
    "access": "which doors a person may come to, looked up before any door is opened",
}
OWNERS = ("tenant_id", "commissioner_id")
LINKS = {
    ("agreement", "commissioner_id"),
    ("commissioner_access", "commissioner_id"),
    ("evidence_run", "commissioner_id"),
}

_OWNED = """
select c.relname, a.attname, a.attnotnull, c.relrowsecurity, c.relforcerowsecurity
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  and a.attname in ('tenant_id', 'commissioner_id') and not a.attisdropped
"""


def owned(connection: Connection) -> dict[str, str]:
    """Return each owned table with the column of its owner."""
    return {
        table: column
        for table, column, *_ in connection.execute(text(_OWNED))
        if table not in PLATFORM and (table, column) not in LINKS
    }


def row_security(connection: Connection) -> list[str]:
    """Find owned tables whose row-level security is not on, not forced, or not the one template."""
    wrong = []
    tables = owned(connection)
    for table, column, not_null, enabled, forced in connection.execute(text(_OWNED)):
        if tables.get(table) != column:
            continue
        if not not_null:
            wrong.append(f"{table}.{column} may be null")
        if not (enabled and forced):
            wrong.append(f"{table}: row security is not on and forced")
    policies: dict[str, list[tuple[object, ...]]] = {table: [] for table in tables}
    query = "select tablename, permissive, cmd, roles::text, qual, with_check from pg_policies where schemaname = 'public'"
    for table, *rest in connection.execute(text(query)):
        policies.setdefault(table, []).append(tuple(rest))
    for table, found in policies.items():
        column = tables.get(table, "?")
        mine = f"({column} = (current_setting('throughline.{column}'::text))::uuid)"
        if found != [("PERMISSIVE", "ALL", "{public}", mine, mine)]:
            wrong.append(f"{table}: its policies are {found}")
    return wrong


def keys(connection: Connection) -> list[str]:
    """Find keys and indexes that do not begin with the owner, and references that could leave it."""
    wrong = []
    tables = owned(connection)
    indexes = """
        select c.relname, i.indexrelid::regclass::text,
               (select attname from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[0])
        from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace
    """
    for table, index, first in connection.execute(text(indexes)):
        if table in tables and first != tables[table]:
            wrong.append(f"{index} on {table} begins with {first}")
    references = """
        select c.conrelid::regclass::text, c.confrelid::regclass::text, c.conname,
               array(select attname::text from pg_attribute where attrelid = c.conrelid and attnum = any (c.conkey))
        from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace
    """
    for table, target, name, columns in connection.execute(text(references)):
        if table in tables and target in tables and tables[table] not in columns:
            wrong.append(f"{name} on {table} refers to {target} without the owner")
    return wrong


def ways_around(connection: Connection) -> list[str]:
    """Find what would read past the policies: views, definer functions, and a role that may too much."""
    wrong = []
    query = "select relname from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace"
    wrong += [f"materialised view {name}" for name in connection.scalars(text(query))]
    query = """
        select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
        and not coalesce(reloptions::text like '%security_invoker=%true%', false)
    """
    wrong += [f"view {name} reads with its owner's rights" for name in connection.scalars(text(query))]
    query = "select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"
    wrong += [f"function {name} runs with its owner's rights" for name in connection.scalars(text(query))]
    query = """
        select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = 'throughline_app'
    """
    if connection.scalar(text(query)):
        wrong.append("the application's role may too much")
    query = "select tablename from pg_tables where schemaname = 'public' and tableowner = 'throughline_app'"
    wrong += [f"the application owns {name}" for name in connection.scalars(text(query))]
    query = """
        select table_name || ': ' || privilege_type from information_schema.role_table_grants
        where grantee = 'throughline_app' and privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    """
    wrong += [f"the application may {grant}" for grant in connection.scalars(text(query))]
    return wrong


def append_only(connection: Connection) -> list[str]:
    """Find trails that could be changed."""
    wrong = []
    for table in ("audit_event", "account_event", "receipt"):
        query = "select count(*) from pg_trigger where tgrelid = to_regclass(:table) and tgenabled = 'O' and not tgisinternal"
        if not connection.scalar(text(query), {"table": table}):
            wrong.append(f"{table} can be changed")
    query = """
        select table_name || ' ' || privilege_type from information_schema.role_table_grants
        where grantee = 'throughline_app' and privilege_type in ('UPDATE', 'DELETE')
          and table_name in ('audit_event', 'account_event', 'receipt')
    """
    return wrong + list(connection.scalars(text(query)))


CHECKS = (row_security, keys, ways_around, append_only)

"""People affected: found again by a blind index, known to everyone else by a pseudonym."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.incidents.models import Person, Sequence
from throughline.kernel.database import uuid7
from throughline.tenancy.scope import Scope

_PURPOSE = "person-reference"


def person_of(scope: Scope, local_reference: str) -> UUID | None:
    """Return the id of the person with a local reference, making them known if they are new."""
    text = local_reference.strip()
    if not text:
        return None
    index = scope.keys.blind_index(_PURPOSE, scope.tenant.id, text)
    known = select(Person.id).where(Person.reference_index == index)
    found = scope.session.scalar(known)
    if found is not None:
        return found
    statement = (
        insert(Person)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            pseudonym=f"P-{next_number(scope, 'person', 0):05d}",
            reference_sealed=scope.keys.encrypt(_PURPOSE, scope.tenant.id, text),
            reference_index=index,
            created_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "reference_index"])
        .returning(Person.id)
    )
    return scope.session.scalar(statement) or scope.session.scalars(known).one()


def reference_of(scope: Scope, person: Person) -> str:
    """Return the local reference of a person, for somebody who may read the incident."""
    return scope.keys.decrypt(_PURPOSE, scope.tenant.id, person.reference_sealed)


def next_number(scope: Scope, name: str, year: int) -> int:
    """Return the next number of a sequence that counts inside this tenant only."""
    return take_numbers(scope, name, year, 1)[0]


def take_numbers(scope: Scope, name: str, year: int, many: int) -> range:
    """Return the next so many numbers of a sequence; nobody else gets them."""
    if not many:
        return range(0)
    statement = insert(Sequence).values(
        tenant_id=scope.tenant.id, id=uuid7(), name=name, year=year, last=many
    )
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "name", "year"], set_={"last": Sequence.last + many}
    )
    last = scope.session.scalars(statement.returning(Sequence.last)).one()
    return range(last - many + 1, last + 1)

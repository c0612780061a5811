"""Keep what failed where the administrator sees it."""

from uuid import UUID

from throughline.rules.models import Problem
from throughline.tenancy.scope import Scope


def note_problem(
    scope: Scope, record_key: str, what: str, message: str, subject_type: str, subject_id: UUID | None
) -> None:
    """Keep something that failed where the administrator sees it."""
    scope.session.add(
        Problem(
            at=scope.now(),
            record_key=record_key,
            what=what,
            message=message[:2000],
            subject_type=subject_type,
            subject_id=subject_id,
        )
    )

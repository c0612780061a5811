"""Back-tests that a worker does: asked for, done slice by slice, stopped, resumed, kept for a while."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from throughline.audit.service import record
from throughline.jobs.outbox import enqueue
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.rules.confining import Cancellation
from throughline.rules.workbench import reading, service
from throughline.rules.workbench.models import BacktestRun, RuleVersion
from throughline.rules.workbench.proof import YEARS, held_against, live_of, period
from throughline.rules.workbench.results import added
from throughline.tenancy.scope import Scope

JOB = "rules.backtest"
KEPT = timedelta(days=30)
KEPT_OF_A_VERSION = 10
FRESH = timedelta(days=1)
SLICE = timedelta(weeks=4)
UNDER_WAY = ("waiting", "running")
SECONDS_FOR_A_STATEMENT = 60


class Stopped(Exception):
    """The run has ended, or somebody ended it."""


class Overtaken(Exception):
    """Another worker has done this slice."""


def ask(scope: Scope, version_id: UUID, years: str) -> BacktestRun:
    """Ask for a back-test by a worker. An older one of the same person on the same version is stopped.

    Asking for what they asked for already, and what is still under way, is asking for that one.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: there is no such version.
        Invalid: the text cannot be used, or the years are none of ``YEARS``.
    """
    version = service.find(scope, version_id)
    if years not in YEARS:
        raise Invalid({"years": ["Choose one, two or five years."]})
    reading.sound(scope, version.text)
    mine = (BacktestRun.version_id == version.id, BacktestRun.asked_by == scope.actor.id)
    live = live_of(scope, version)
    live_text = live.text if live else ""
    digest = _digest(version.text, live_text)
    for older in scope.session.scalars(select(BacktestRun).where(*mine, BacktestRun.state.in_(UNDER_WAY))):
        if (older.digest, older.years) == (digest, years):
            return older
        _end(scope, older, "cancelled", "You asked for another one.")
    start, end = period(scope, years)
    run = BacktestRun(
        id=uuid7(), version_id=version.id, text=version.text, live_text=live_text,
        digest=digest,
        starts=start, ends=end, years=years, slices=len(borders(scope, start, end)) - 1,
        result={}, asked_by=scope.actor.id, asked_at=scope.now(),
    )  # fmt: skip
    scope.session.add(run)
    scope.session.flush()
    record(scope, "rule.backtest-asked", "rule", version.id, after={"rule": version.rule_key, "years": years})
    enqueue(scope, JOB, str(run.id), run=str(run.id))
    _prune(scope, version.id)
    return run


def _digest(text: str, live_text: str) -> str:
    return hashlib.sha256(f"{text}\0{live_text}".encode()).hexdigest()


def newest_like(scope: Scope, version: RuleVersion, years: str) -> BacktestRun | None:
    """Return the newest run of a version over some years, of its text and the live one's as they are now.

    One that ended more than a day ago is too old to stand for what would be found now.
    """
    live = live_of(scope, version)
    query = (
        select(BacktestRun)
        .where(
            BacktestRun.version_id == version.id,
            BacktestRun.years == years,
            BacktestRun.digest == _digest(version.text, live.text if live else ""),
            BacktestRun.asked_at > scope.now() - FRESH,
        )
        .order_by(BacktestRun.asked_at.desc(), BacktestRun.id.desc())
        .limit(1)
    )
    return scope.session.scalar(query)


def cancel(scope: Scope, run_id: UUID) -> BacktestRun:
    """Stop a run, now or between two of its statements.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: there is no such run.
        Conflict: it has ended.
    """
    run = find(scope, run_id, locked=True)
    if run.state not in UNDER_WAY:
        raise Conflict("it has ended already")
    _end(scope, run, "cancelled", "Stopped by hand.")
    record(scope, "rule.backtest-stopped", "rule", run.version_id, after={"slices": run.slices_done})
    return run


def find(scope: Scope, run_id: UUID, *, locked: bool = False) -> BacktestRun:
    """Return one run.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: there is none.
    """
    query = select(BacktestRun).where(BacktestRun.id == run_id)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    run = scope.session.scalar(query)
    if run is None:
        raise NotFound("no such back-test")
    service.find(scope, run.version_id)
    return run


def of_version(scope: Scope, version_id: UUID) -> Sequence[BacktestRun]:
    """Return the runs of a version, newest first."""
    query = select(BacktestRun).where(BacktestRun.version_id == version_id)
    return scope.session.scalars(
        query.order_by(BacktestRun.asked_at.desc(), BacktestRun.id.desc()).limit(KEPT_OF_A_VERSION)
    ).all()


def borders(scope: Scope, start: datetime, end: datetime) -> list[datetime]:
    """Return where the slices of a period begin and end: inside it always on a Monday of the tenant's."""
    local = scope.local(start).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = local - timedelta(days=local.weekday())
    found = [start]
    while (monday := monday + SLICE) < end:
        found.append(monday.astimezone(start.tzinfo))
    return [*found, end]


def begin(scope: Scope, run_id: UUID) -> tuple[int, int]:
    """Take a run up, from its first slice or where another worker left it; return the slice and their number.

    Raises:
        Stopped: it has ended, or was stopped.
    """
    query = (
        update(BacktestRun)
        .where(BacktestRun.id == run_id, BacktestRun.state.in_(UNDER_WAY))
        .values(state="running")
        .returning(BacktestRun.slices_done, BacktestRun.slices)
    )
    found = scope.session.execute(query).one_or_none()
    if found is None:
        raise Stopped("it has ended")
    return found.slices_done, found.slices


def do_slice(scope: Scope, run_id: UUID, number: int, cancellation: Cancellation) -> None:
    """Do one slice and add what it found: once, whoever else may be at it.

    Raises:
        Overtaken: another worker has done this slice, or the run was stopped: nothing is kept of this one.
        Cancelled, TookTooLong: as ``backtest`` does.
    """
    run = scope.session.scalars(select(BacktestRun).where(BacktestRun.id == run_id)).one()
    if run.slices_done != number:
        raise Overtaken("another has done it")
    at = borders(scope, run.starts, run.ends)
    rule = reading.sound(scope, run.text)
    live = reading.sound(scope, run.live_text) if run.live_text else None
    slice_ = (at[number], at[number + 1])
    found = held_against(
        scope, rule, live, *slice_, seconds=SECONDS_FOR_A_STATEMENT, cancellation=cancellation
    )
    mine = (BacktestRun.id == run_id, BacktestRun.state == "running", BacktestRun.slices_done == number)
    kept = (
        update(BacktestRun)
        .where(*mine)
        .values(slices_done=number + 1, result=added(run.result, found))
        .returning(BacktestRun.id)
        .execution_options(synchronize_session=False)
    )
    if scope.session.scalar(kept) is None:
        raise Overtaken("another has done it, or it was stopped")


def finish(scope: Scope, run_id: UUID, state: str = "done", reason: str = "") -> None:
    """End a run, if nobody has."""
    run = scope.session.scalar(select(BacktestRun).where(BacktestRun.id == run_id).with_for_update())
    if run is not None and run.state in UNDER_WAY:
        _end(scope, run, state, reason)


def is_stopped(scope: Scope, run_id: UUID) -> bool:
    """Say whether a run is no longer to be gone on with."""
    state = scope.session.scalar(select(BacktestRun.state).where(BacktestRun.id == run_id))
    return state not in UNDER_WAY


def _end(scope: Scope, run: BacktestRun, state: str, reason: str) -> None:
    run.state, run.reason, run.finished_at = state, reason, scope.now()
    scope.session.flush()


def _prune(scope: Scope, version_id: UUID) -> None:
    """Forget what ended long ago, and of this version all but the newest."""
    ended = BacktestRun.state.not_in(UNDER_WAY)
    newest = (
        select(BacktestRun.id)
        .where(BacktestRun.version_id == version_id)
        .order_by(BacktestRun.asked_at.desc(), BacktestRun.id.desc())
        .limit(KEPT_OF_A_VERSION)
    )
    old = BacktestRun.finished_at < scope.now() - KEPT
    scope.session.execute(delete(BacktestRun).where(ended, old))
    beyond = BacktestRun.id.not_in(newest)
    scope.session.execute(delete(BacktestRun).where(ended, BacktestRun.version_id == version_id, beyond))

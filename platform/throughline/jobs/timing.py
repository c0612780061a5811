"""How long a lease lasts and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_LONGEST_BACK_OFF = 60  # times the first one


@dataclass(frozen=True)
class Timing:
    """The spans of the ledger. A dead worker's job is free again after ``lease``.

    ``beat`` renews a lease several times before it runs out. ``ring_again`` is shorter than a lease, so that
    a ring of an earlier attempt has gone stale by the time the job is free.
    """

    lease: timedelta = timedelta(seconds=20)
    beat: timedelta = timedelta(seconds=5)
    ring_again: timedelta = timedelta(seconds=15)
    back_off: timedelta = timedelta(minutes=1)

    def wait_after(self, attempt: int, jitter: float) -> timedelta:
        """Return how long a job rests after its n-th attempt: 1, 2, 4 ... at most 60 back-offs.

        ``jitter`` (0 to 1) adds up to a sixth of a back-off, so that what failed together comes apart.
        """
        return self.back_off * (min(1 << attempt - 1, _LONGEST_BACK_OFF) + jitter / 6)


def chosen(env: str, environ: Mapping[str, str]) -> Timing:
    """Return the timing of a process: the product's own, or in a test environment one that runs faster."""
    pace = float(environ.get("THROUGHLINE_JOB_PACE", "1")) if env == "test" else 1.0
    plain = Timing()
    return Timing(plain.lease * pace, plain.beat * pace, plain.ring_again * pace, plain.back_off * pace)

"""Run charts: whether a series stays too long on one side of its centre, or crosses it too seldom.

Source: Anhøj's rules as qicharts2 (Jacob Anhøj) states them. A point on the centre line counts for neither
side and does not end a run.

    longest run     more than round(log2(n)) + 3 points in a row on one side
    crossings       fewer than the 5 % quantile of Binomial(n - 1, 1/2)

with n the points that are not on the centre line.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

_TAIL = 0.05


@dataclass(frozen=True)
class Runs:
    """What the runs of a series say; ``most`` and ``fewest`` are what chance leaves room for.

    ``useful`` points are those not on the centre line. With none of them all other numbers are 0.
    """

    points: int
    useful: int
    longest: int
    most: int
    crossings: int
    fewest: int

    @property
    def signal(self) -> bool:
        """Whether the series moves otherwise than chance alone would."""
        return self.longest > self.most or self.crossings < self.fewest


def runs_of(values: Sequence[float], centre: float) -> Runs:
    """Count the runs of a series about its centre line.

    ``values`` are in the order of time; both are in the unit of the series.
    """
    sides = [value > centre for value in values if value != centre]
    useful = len(sides)
    if not useful:
        return Runs(len(values), 0, 0, 0, 0, 0)
    lengths = [len(list(run)) for _, run in itertools.groupby(sides)]
    most = round(math.log2(useful)) + 3
    return Runs(len(values), useful, max(lengths), most, len(lengths) - 1, _fewest_crossings(useful - 1))


def _fewest_crossings(chances: int) -> int:
    """Return the smallest k with at least a 5 % chance of k heads or fewer in so many tosses of a coin.

    In whole numbers: the sum of binomial coefficients against 2 to the power of the tosses.
    """
    reached, ways = 0, 1
    for k in range(chances + 1):
        reached += ways
        if reached >= _TAIL * 2**chances:
            return k
        ways = ways * (chances - k) // (k + 1)
    raise AssertionError("the whole distribution is more than a twentieth of it")

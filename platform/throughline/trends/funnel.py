"""Funnel plots: is a unit further from the rest than its size explains? Never a league table.

Control limits at 95 % and 99.8 % around a benchmark, by the size of each unit.

    ratio of observed to expected E     chi2(a, 2E) / 2E  to  chi2(1 - a, 2 (E + 1)) / 2E     (exact Poisson)
    share of n around a target t        sin(asin(sqrt t) -+ z / (2 sqrt n)) squared           (arcsine)

with a = 0.025 or 0.001 and z = 1.959964 or 3.090232. Source: Spiegelhalter, Funnel plots for comparing
institutional performance (2005), as FunnelPlotR computes them.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

_TAIL_95 = 0.025
_TAIL_998 = 0.001
_PRECISION = 1e-15
_MOST_TERMS = 100_000
LARGEST_EXPECTED = 1e5


@dataclass(frozen=True)
class FunnelLimits:
    """The limits at one size: 99.8 % and 95 %, lower and upper, in the unit of what is plotted."""

    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float


def ratio_limits(expected: float) -> FunnelLimits:
    """Return the limits of a ratio of observed to expected events, where 1 is as expected.

    Raises:
        ValueError: ``expected`` is no number above 0 and up to a hundred thousand.
    """
    if not 0 < expected <= LARGEST_EXPECTED:
        raise ValueError(f"the expected number of events is above 0 and at most 100,000: {expected}")

    def lower(tail: float) -> float:
        return _gamma_quantile(tail, expected) / expected

    def upper(tail: float) -> float:
        return _gamma_quantile(1 - tail, expected + 1) / expected

    return FunnelLimits(lower(_TAIL_998), lower(_TAIL_95), upper(_TAIL_95), upper(_TAIL_998))


def share_limits(target: float, n: float) -> FunnelLimits:
    """Return the limits of a share of ``n`` around a target between 0 and 1.

    Raises:
        ValueError: the target is no share, or ``n`` is not above 0.
    """
    if not 0 <= target <= 1:
        raise ValueError(f"a target share lies from 0 to 1: {target}")
    if not (math.isfinite(n) and n > 0):
        raise ValueError(f"a share is of a number above 0: {n}")
    middle = math.asin(math.sqrt(target))

    def at(tail: float, sign: int) -> float:
        angle = middle + sign * NormalDist().inv_cdf(1 - tail) / (2 * math.sqrt(n))
        return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2

    return FunnelLimits(at(_TAIL_998, -1), at(_TAIL_95, -1), at(_TAIL_95, 1), at(_TAIL_998, 1))


def _gamma_quantile(chance: float, shape: float) -> float:
    """Return x with P(shape, x) = chance; half the chi-squared quantile of twice as many degrees.

    By halving an interval: P rises with x, and the answers are needed to a few digits only.
    """
    low, high = 0.0, shape + 1
    while _gamma_share(shape, high) < chance:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _gamma_share(shape, middle) < chance else (low, middle)
    return (low + high) / 2


def _gamma_share(shape: float, x: float) -> float:
    """Return P(a, x), the regularised lower incomplete gamma function.

    Its power series up to x = a + 1 and the continued fraction of 1 - P beyond (Abramowitz and Stegun,
    6.5.29 and 6.5.31; the fraction by Lentz's method).
    """
    if x <= 0:
        return 0.0
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return scale * _series(shape, x)
    return 1 - scale * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1 / shape
    for n in range(1, _MOST_TERMS):
        term *= x / (shape + n)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    found = d
    for n in range(1, _MOST_TERMS):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        step = c * d
        found *= step
        if abs(step - 1) < _PRECISION:
            break
    return found

"""The limits of funnel plots agree with the published vectors, and narrow as units grow."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.trends.funnel import ratio_limits, share_limits


def rounded(limits):
    return tuple(
        round(line, 4) for line in (limits.lower_998, limits.lower_95, limits.upper_95, limits.upper_998)
    )


@pytest.mark.parametrize(
    ("expected", "vector"),
    [(10, (0.2961, 0.4795, 1.8390, 2.4134)), (25, (0.4935, 0.6471, 1.4762, 1.7854))],
)
def test_the_published_vectors_of_a_ratio(expected, vector):
    assert rounded(ratio_limits(expected)) == vector


def test_the_published_vector_of_a_share():
    assert rounded(share_limits(0.8, 100)) == (0.6641, 0.7164, 0.8722, 0.9074)


def poisson_up_to(count, mean):
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


@given(st.integers(1, 400))
def test_the_exact_limits_leave_the_tails_of_the_poisson_distribution(observed):
    limits = ratio_limits(observed)
    assert math.isclose(1 - poisson_up_to(observed - 1, limits.lower_95 * observed), 0.025, rel_tol=1e-6)
    assert math.isclose(poisson_up_to(observed, limits.upper_95 * observed), 0.025, rel_tol=1e-6)


@given(st.floats(0.5, 2000), st.floats(1.01, 10))
def test_a_larger_unit_has_narrower_limits(expected, times):
    small, large = ratio_limits(expected), ratio_limits(expected * times)
    assert small.upper_998 > large.upper_998 > large.upper_95 > 1 > large.lower_95 >= small.lower_95


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_limits_of_a_share_are_shares_about_it(target, n):
    limits = share_limits(target, n)
    assert 0 <= limits.lower_998 <= limits.lower_95 <= limits.upper_95 <= limits.upper_998 <= 1


@pytest.mark.parametrize("expected", [0, -1, math.nan, math.inf, 2e6])
def test_it_refuses_what_is_no_expectation(expected):
    with pytest.raises(ValueError, match="expected number"):
        ratio_limits(expected)


@pytest.mark.parametrize(("target", "n"), [(1.1, 10), (-0.1, 10), (math.nan, 10), (0.5, 0), (0.5, math.inf)])
def test_it_refuses_what_is_no_share(target, n):
    with pytest.raises(ValueError, match="share"):
        share_limits(target, n)

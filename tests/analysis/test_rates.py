"""What counts of trials tell of their mean."""

import pytest

from scripts.analysis.rates import mean_count

pytestmark = pytest.mark.pure


def test_a_mean_has_students_interval_over_trials() -> None:
    mean = mean_count([10, 20, 30])
    assert mean.mean == 20
    assert mean.low == 0  # 20 - 4.303 * 10 / sqrt(3), and nothing below 0
    assert mean.high == pytest.approx(20 + 4.3027 * 10 / 3**0.5, rel=1e-4)


def test_trials_scatter_no_less_than_chance_makes_them() -> None:
    mean = mean_count([4] * 4)
    assert (mean.low, mean.high) == pytest.approx((4 - 3.18245, 4 + 3.18245), rel=1e-4)


@pytest.mark.parametrize("counts", [[0, 0, 0], [5]])
def test_where_nothing_is_counted_or_nothing_compared_no_interval_is_told(
    counts: list[int],
) -> None:
    mean = mean_count(counts)
    assert (mean.mean, mean.low, mean.high) == (counts[0], None, None)

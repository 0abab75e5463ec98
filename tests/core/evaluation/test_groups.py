"""Groups: what is told of each, and marks that luck alone hardly ever makes."""

import numpy as np
import pytest
from scipy import stats

from core.evaluation.groups import ALARM, FEWEST, Group, Points, by_group, rank_sum_p

NAMES = tuple("ABCDEFGH")


def points(seed: int, sizes: tuple[int, ...], factor: float = 1.0, shift: float = 0.0) -> Points:
    """Groups of these sizes with right normal scores, but those of the first times `factor` plus `shift`."""
    rng = np.random.default_rng([seed, *sizes])
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    z = rng.normal(size=codes.size)
    z = np.where(codes == 0, factor * z + shift, z)
    return Points(codes, NAMES[: len(sizes)], (np.abs(z) < 1.96).astype(float), np.full(z.size, 3.92), z, z, True)


def marked(groups: tuple[Group, ...]) -> set[str]:
    return {group.name for group in groups if group.mark}


@pytest.mark.parametrize("sizes", [(50,) * 6, (20,) * 8, (300, 60, 30), (12, 12)])
def test_alike_groups_are_hardly_ever_marked(sizes: tuple[int, ...]) -> None:
    alarms = sum(bool(marked(by_group(points(seed, sizes)))) for seed in range(200))
    assert alarms <= stats.binom(200, ALARM).ppf(0.999)
    assert alarms / 200 <= 0.05


@pytest.mark.parametrize(("factor", "shift", "power"), [(2.0, 0.0, 0.9), (1.0, 1.0, 0.95), (1.5, 0.0, 0.4)])
def test_a_group_at_fault_is_marked_and_no_other(factor: float, shift: float, power: float) -> None:
    found = [marked(by_group(points(seed, (50,) * 6, factor, shift))) for seed in range(100)]
    assert np.mean(["A" in names for names in found]) >= power
    assert np.mean([bool(names - {"A"}) for names in found]) <= 0.06


def test_of_two_groups_the_one_at_fault_is_marked() -> None:
    assert marked(by_group(points(1, (200, 200), factor=2.0))) == {"A"}


def test_the_numbers_of_a_group() -> None:
    given = points(3, (40, 60))
    first = by_group(given)[0]
    z = given.residual[given.codes == 0] if given.residual is not None else np.zeros(0)
    held = np.abs(z) < 1.96
    assert (first.name, first.n, first.covered, first.width) == ("A", 40, held.mean(), pytest.approx(3.92))
    assert first.bias == pytest.approx(z.mean())
    assert first.bias_error == pytest.approx(np.std(z, ddof=1) / np.sqrt(40))
    assert first.mean_z2 == pytest.approx(np.mean(z**2))
    assert (first.low, first.high) == pytest.approx(stats.binomtest(int(held.sum()), 40).proportion_ci(0.95, "exact"))


def test_small_groups_and_groups_without_a_point_are_not_marked() -> None:
    found = by_group(points(1, (FEWEST - 1, 100), shift=9.0))
    assert (found[0].few, found[0].mark) == (True, "")
    given = points(1, (50, 50))
    none = Points(np.full(100, -1), given.names, given.covered, given.width, given.residual, given.score, True)
    assert by_group(none) == ()


def test_groups_of_rows_that_depend_on_each_other_are_marked_less() -> None:
    """Each group is a stretch of a slow series: its mean differs by the luck of few independent points."""
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng([9, seed])
        z = rng.normal(size=400)
        for i in range(1, 400):
            z[i] = 0.8 * z[i - 1] + 0.6 * z[i]
        codes = np.repeat(np.arange(4), 100)
        alarms += bool(marked(by_group(Points(codes, NAMES[:4], (np.abs(z) < 1.96) * 1.0, None, z, z, True))))
    assert alarms <= 12


def test_the_rank_sum_test_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    one, other = np.round(rng.normal(size=30), 1), np.round(rng.normal(size=45) + 0.3, 1)
    p = stats.mannwhitneyu(one, other, method="asymptotic").pvalue
    assert rank_sum_p(one, other) == pytest.approx(p, rel=1e-9)
    assert rank_sum_p(np.ones(20), np.ones(20)) == 1

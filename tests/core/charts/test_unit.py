"""The same fit in another unit of y."""

import numpy as np
import pytest

from core.charts.domains import domain_in_unit
from core.charts.fit import fit_table
from core.charts.rows import table_in_unit
from core.charts.spread import spread_table

GRID = np.linspace(50.0, 150.0, 11)
MEAN, STD = np.sin(GRID), 0.1 + GRID / 500


@pytest.mark.parametrize("factor", [0.001, 0.1, 1.0, 40.0])
def test_a_fit_multiplied_is_the_fit_of_what_is_multiplied(factor: float) -> None:
    for of in (
        lambda k: fit_table(GRID, MEAN * k, GRID, MEAN * k, STD * k, MEAN * k, MEAN * k),
        lambda k: spread_table(GRID, STD * k, STD * k, STD * k),
    ):
        found, expected = table_in_unit(of(1.0), factor), of(factor)
        assert list(found.columns) == list(expected.columns)
        assert set(found.drop(columns="layer").dtypes) == {np.dtype("float32")}
        for name in found.columns.drop("layer"):
            assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-5, nan_ok=True), name


def test_a_film_in_the_old_unit_is_not_shown_in_the_new() -> None:
    rows = spread_table(GRID, STD, film=7)
    assert (table_in_unit(rows, 1.0)["film"] == 7).all()
    assert table_in_unit(rows, 2.0)["film"].isna().all()


def test_domains() -> None:
    assert domain_in_unit((-1.0, 5.0), 0.1) == (-0.1, 0.5)
    for factor in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="above 0"):
            domain_in_unit((0.0, 1.0), factor)

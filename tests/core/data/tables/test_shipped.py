"""Shipped tables against their published summaries and fits."""

import numpy as np
import pytest

from core.data.tables.shipped import TABLES
from tests.core.samples import points_of


def test_engel_has_the_published_rows_and_summary():
    # summary(engel) in R's quantreg.
    x, y = points_of("engel")
    assert x.shape == y.shape == (235,)
    assert x.dtype == y.dtype == np.float64
    assert (x[0], y[0]) == (420.157650843928, 255.839424594576)
    assert np.round([x.min(), np.median(x), x.mean(), x.max()], 1).tolist() == [377.1, 884.0, 982.5, 4957.8]
    assert np.round([y.min(), np.median(y), y.mean(), y.max()], 1).tolist() == [242.3, 582.5, 624.2, 2032.7]


def test_engel_has_the_published_least_squares_line():
    # lm(foodexp ~ income): 147.4754 + 0.4852·income.
    x, y = points_of("engel")
    slope, intercept = np.polyfit(x, y, 1)
    assert (round(intercept, 4), round(slope, 4)) == (147.4754, 0.4852)


def test_engel_has_the_published_median_line():
    # rq(foodexp ~ income, tau = 0.5): 81.4822474 + 0.5601806·income, so no line near it has a smaller sum of
    # |r|.
    x, y = points_of("engel")

    def absolute(intercept, slope):
        return np.abs(y - intercept - slope * x).sum()

    best = absolute(81.4822474, 0.5601806)
    for direction in np.linspace(0, 2 * np.pi, 48, endpoint=False):
        assert absolute(81.4822474 + 0.5 * np.cos(direction), 0.5601806 + 5e-4 * np.sin(direction)) > best


def test_engel_scatters_more_where_income_is_high():
    x, y = points_of("engel")
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    rich = x > np.median(x)
    assert residual[rich].std() > 2 * residual[~rich].std()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_loads_and_states_its_source_and_licence(name):
    table = TABLES[name]
    columns = table.columns()
    assert list(columns.columns) == list(table.labels)
    assert all(column.missing == 0 and len(column.values) == columns.rows for column in columns.columns.values())
    assert {table.target, *table.features} <= set(table.labels)
    x, y = points_of(name)
    assert x.shape == y.shape == (columns.rows,)
    assert np.isfinite([x, y]).all()
    assert table.name == name
    assert all((table.label, table.help, table.source, table.licence))
    readme = (table.path.parent / "README.md").read_text(encoding="utf-8")
    assert f"## {table.path.name}\n" in readme
    assert table.licence in readme
    assert all(f"| `{column}` |" in readme for column in table.labels)


@pytest.mark.parametrize(
    ("name", "shape", "mean", "least", "most"),
    [
        ("engel", (235, 2), 624.15, 242.32, 2032.68),
        ("cars", (392, 8), 23.446, 9.0, 46.6),  # summary(ISLR::Auto)
        ("diabetes", (442, 11), 152.13, 25.0, 346.0),  # Efron et al. 2004
        ("concrete", (1030, 9), 35.818, 2.33, 82.6),  # Yeh 1998
    ],
)
def test_tables_have_their_published_targets(name, shape, mean, least, most):
    columns = TABLES[name].columns()
    target = columns[TABLES[name].target].values
    assert (columns.rows, len(columns.columns)) == shape
    np.testing.assert_allclose([target.mean(), target.min(), target.max()], [mean, least, most], atol=0.005)


def test_cars_come_from_three_places():
    origin = TABLES["cars"].columns()["origin"]
    assert (origin.kind, origin.categories) == ("category", ("Europe", "Japan", "USA"))
    assert np.bincount(origin.values).tolist() == [68, 79, 245]


def test_every_shipped_file_is_a_table():
    (folder,) = {table.path.parent for table in TABLES.values()}
    assert {path.name for path in folder.glob("*.csv")} == {table.path.name for table in TABLES.values()}


def test_table_of_tables_is_read_only():
    with pytest.raises(TypeError):
        TABLES["engel"] = None

"""Shipped tables: Engel's against its published summary and fits."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.tables import TABLES


def test_engel_has_the_published_rows_and_summary():
    # summary(engel) in R's quantreg.
    x, y = TABLES["engel"].load()
    assert x.shape == y.shape == (235,)
    assert x.dtype == y.dtype == np.float64
    assert (x[0], y[0]) == (420.157650843928, 255.839424594576)
    assert np.round([x.min(), np.median(x), x.mean(), x.max()], 1).tolist() == [377.1, 884.0, 982.5, 4957.8]
    assert np.round([y.min(), np.median(y), y.mean(), y.max()], 1).tolist() == [242.3, 582.5, 624.2, 2032.7]


def test_engel_has_the_published_least_squares_line():
    # lm(foodexp ~ income): 147.4754 + 0.4852·income.
    x, y = TABLES["engel"].load()
    slope, intercept = np.polyfit(x, y, 1)
    assert (round(intercept, 4), round(slope, 4)) == (147.4754, 0.4852)


def test_engel_has_the_published_median_line():
    # rq(foodexp ~ income, tau = 0.5): 81.4822474 + 0.5601806·income, so no line near it has a smaller sum of
    # |r|.
    x, y = TABLES["engel"].load()

    def absolute(intercept, slope):
        return np.abs(y - intercept - slope * x).sum()

    best = absolute(81.4822474, 0.5601806)
    for direction in np.linspace(0, 2 * np.pi, 48, endpoint=False):
        assert absolute(81.4822474 + 0.5 * np.cos(direction), 0.5601806 + 5e-4 * np.sin(direction)) > best


def test_engel_scatters_more_where_income_is_high():
    x, y = TABLES["engel"].load()
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    rich = x > np.median(x)
    assert residual[rich].std() > 2 * residual[~rich].std()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_loads_and_states_its_source_and_licence(name):
    table = TABLES[name]
    x, y = table.load()
    assert x.shape == y.shape
    assert np.isfinite([x, y]).all()
    assert table.name == name
    assert all((table.label, table.help, table.source, table.licence, table.x_label, table.y_label))
    readme = (table.path.parent / "README.md").read_text(encoding="utf-8")
    assert f"## {table.path.name}\n" in readme
    assert table.licence in readme


def test_every_shipped_file_is_a_table():
    (folder,) = {table.path.parent for table in TABLES.values()}
    assert {path.name for path in folder.glob("*.csv")} == {table.path.name for table in TABLES.values()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n", r"table engel has shape \(1, 3\): it must be two columns of finite numbers"),
        ("a,b\n1,nan\n", "it must be two columns of finite numbers"),
        ("a,b\n1,2\nx,3\n", "could not convert string 'x' to float64 at row 1"),
        ("a,b\n1,2\n3\n", "number of columns changed from 2 to 1"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, message):
    path = tmp_path / "damaged.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        replace(TABLES["engel"], path=path).load()


def test_table_of_tables_is_read_only():
    with pytest.raises(TypeError):
        TABLES["engel"] = None

"""Which columns may be groups, and the groups of some rows."""

import numpy as np
import pandas as pd

from core.data.tables.reading import read_table
from core.evaluation.predictions import read_predictions
from core.evaluation.predictions_groups import group_columns, groups_of

RNG = np.random.default_rng(0)
TABLE = read_table(
    pd.DataFrame(
        {
            "y": RNG.normal(size=200),
            "mean": RNG.normal(size=200),
            "std": np.ones(200),
            "colour": RNG.choice(["red", "blue"], 200),
            "fold": RNG.integers(0, 5, 200),
            "price": RNG.uniform(0, 100, 200),
            "name": [f"n{i}" for i in range(200)],
        }
    )
    .to_csv(index=False)
    .encode(),
    "t.csv",
)


def test_words_and_few_numbers_may_be_groups() -> None:
    assert group_columns(TABLE, {"y", "mean", "std"}) == ("colour", "fold")


def test_a_column_named_so_is_the_group_of_a_file() -> None:
    found = read_predictions(TABLE, "t.csv")
    assert found.groups is not None
    assert found.groups.column == "fold"
    assert found.groups.names == ("0", "1", "2", "3", "4")


def test_many_numbers_are_five_bins_of_equal_count() -> None:
    found = groups_of(TABLE["price"], np.arange(200))
    assert len(found.names) == 5
    np.testing.assert_array_equal(np.bincount(found.codes), [40] * 5)
    assert all(" to " in name for name in found.names)


def test_a_missing_cell_is_in_no_group() -> None:
    table = read_table(b"y,mean,std,group\n1,2,3,a\n2,3,4,\n3,4,5,b\n", "t.csv", 1)
    assert groups_of(table["group"], np.arange(3)).codes[1] == -1

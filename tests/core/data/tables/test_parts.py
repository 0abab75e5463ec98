"""Whole groups on one side of the split, and rows that are equal in one group."""

import numpy as np
import pytest

from core.data.dataset import with_other_validation
from core.data.tables.choice import Choice
from core.data.tables.columns import Column, Columns, TableError
from core.data.tables.equal_rows import equal_rows
from core.data.tables.split import from_columns

N = 400


def table(**more):
    rng = np.random.default_rng(0)
    columns = {name: Column(name, "number", rng.normal(size=N)) for name in ("a", "y")}
    return Columns(columns | more, N)


def sides(data):
    return set(data.groups), set(data.groups_validation)


@pytest.mark.parametrize("kind", ["category", "text", "number"])
def test_a_group_stays_on_one_side_and_the_shares_are_near(kind):
    codes = np.random.default_rng(1).integers(0, 40, N)
    values = codes.astype(float) if kind == "number" else codes.astype(np.int32)
    patient = Column("patient", kind, values, tuple(f"p{i}" for i in range(40)) if kind != "number" else ())
    choice = Choice("y", ("a",), split="group", split_by="patient", held_out=0.3, validation=0.2)
    columns = table(patient=patient)
    data = from_columns(columns, choice)
    of_a = dict(zip(columns["a"].values.tolist(), codes.tolist(), strict=True))
    held_out, trained, validated = ({of_a[a] for a in x} for x in (data.x_held_out, data.x, data.x_validation))
    assert not held_out & trained
    assert not held_out & validated
    assert not trained & validated
    assert len(data.y_held_out) / N == pytest.approx(0.3, abs=0.03)
    assert len(data.y_validation) / N == pytest.approx(0.2, abs=0.03)
    assert len(data.groups) == len(data.y)
    assert not set(data.groups) & set(data.groups_validation)
    again = from_columns(columns, choice)
    np.testing.assert_array_equal(again.x_held_out, data.x_held_out)


def test_a_row_without_a_group_is_one_of_its_own():
    codes = np.where(np.arange(N) < 200, -1, np.arange(N) % 4).astype(np.int32)
    columns = table(site=Column("site", "category", codes, ("a", "b", "c", "d")))
    data = from_columns(columns, Choice("y", ("a",), split="group", split_by="site"))
    assert len(set(data.groups)) > 100
    alone = table(site=Column("site", "category", np.zeros(N, np.int32), ("a",)))
    with pytest.raises(TableError, match="Column “site” has one value in all rows: groups need two at least"):
        from_columns(alone, Choice("y", ("a",), split="group", split_by="site"))


def test_equal_rows_are_together_and_rows_equal_in_part_are_not():
    columns = table()
    twice = {name: Column(name, "number", np.tile(column.values[:200], 2)) for name, column in columns.columns.items()}
    data = from_columns(Columns(twice, N), Choice("y", ("a",), split="group"))
    assert not {*zip(data.x.tolist(), data.y.tolist(), strict=True)} & {
        *zip(data.x_held_out.tolist(), data.y_held_out.tolist(), strict=True)
    }
    assert len(data.y_held_out) == 80
    mixed = [
        Column("a", "number", np.array([1.0, 1.0, np.nan, np.nan, 0.0, -0.0, 2.0])),
        Column("b", "category", np.array([0, 1, -1, -1, 0, 0, 0], np.int32), ("u", "v")),
    ]
    groups = equal_rows(mixed, np.ones(7, dtype=bool))
    assert len(set(groups)) == 5
    assert groups[2] == groups[3]
    assert groups[4] == groups[5]


def test_a_member_validates_on_whole_groups_of_its_own():
    patient = Column("patient", "number", np.random.default_rng(1).integers(0, 40, N).astype(float))
    choice = Choice("y", ("a",), split="group", split_by="patient", validation=0.2)
    data = from_columns(table(patient=patient), choice)
    drawn = [with_other_validation(data, 0, member) for member in (1, 2)]
    assert set(drawn[0].groups_validation) != set(drawn[1].groups_validation)
    for each in drawn:
        assert not set(each.groups) & set(each.groups_validation)
        assert len(each.y_validation) == pytest.approx(len(data.y_validation), abs=12)
        assert len(each.y) + len(each.y_validation) == len(data.y) + len(data.y_validation)


def test_without_groups_there_are_none_to_keep():
    data = from_columns(table(), Choice("y", ("a",)))
    assert data.groups.size == data.groups_validation.size == 0

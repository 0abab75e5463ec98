"""Features that nobody named: columns of many words, and the strongest of a wide table; codes for a missing value."""

import numpy as np
import pytest

from core.data.tables.association import association, strongest
from core.data.tables.choice import Choice, has_many_words, usable
from core.data.tables.columns import Column, Columns, TableError, words_column
from core.data.tables.missing_codes import with_missing
from core.data.tables.split import from_columns
from core.data.tables.table_store import table_store
from core.experiment.build import choice_of, dataset_of
from core.experiment.experiment import Experiment
from core.experiment.table_recipe import on_table

N = 1500


def number(name, values):
    return Column(name, "number", np.asarray(values, dtype=float))


def towns(words: int, rows: int = N):
    rng = np.random.default_rng(2)
    share = 1 / np.arange(1, words + 1)
    codes = rng.choice(words, rows, p=share / share.sum())
    return words_column("town", codes, [f"t{i:03d}" for i in range(words)]), codes


def test_a_column_of_many_words_has_its_rare_ones_together_and_it_is_told():
    town, codes = towns(80)
    columns = Columns({"town": town, "y": number("y", codes + np.random.default_rng(0).normal(size=N))}, N)
    assert town.kind == "text"
    assert usable(columns, "y") == ()
    assert usable(columns, "y", many_words=True) == ("town",)
    data = from_columns(columns, Choice("y", ("town",)))
    (feature,) = data.encoding.features
    assert len(feature.inputs) == 50
    assert feature.categories[-1] == "(other words)"
    assert len(feature.rare) + 49 <= 80
    assert (data.x.sum(axis=1) == 1).all()
    assert f"“town”: the {len(feature.rare)} rarest words share an input, “(other words)”; 49 others" in data.notes[0]
    words = np.array(town.categories, dtype=object)[town.values]
    together = data.encoding.matrix({"town": words})[:, -1]
    np.testing.assert_array_equal(together, ~np.isin(words, feature.categories))


def test_a_column_of_names_is_no_category():
    names = words_column("name", np.arange(N), [f"n{i}" for i in range(N)])
    assert not has_many_words(names)
    columns = Columns({"name": names, "y": number("y", np.arange(N))}, N)
    with pytest.raises(TableError, match="Column “name” holds text"):
        from_columns(columns, Choice("y", ("name",)))


def test_rare_words_share_an_input_where_that_is_asked_for():
    codes = np.r_[np.zeros(900), np.ones(590), np.full(6, 2), np.full(4, 3)].astype(np.int32)
    columns = Columns({"c": Column("c", "category", codes, tuple("abcd")), "y": number("y", np.arange(N))}, N)
    assert from_columns(columns, Choice("y", ("c",))).encoding.features[0].categories == tuple("abcd")
    assert from_columns(columns, Choice("y", ("c",), rare_words=10)).encoding.features[0].categories == (
        "a",
        "b",
        "(other words)",
    )


def test_the_association_is_one_for_a_function_and_nothing_for_noise():
    rng = np.random.default_rng(1)
    x, rows = rng.normal(size=N), np.arange(N)
    assert association(number("x", x), rows, np.exp(x)) > 0.97
    assert association(number("x", x), rows, x**2) > 0.8, "neither up nor down, and yet related"
    assert association(number("x", x), rows, x * 0.0 + rng.normal(size=N) * (1 + 3 * (x > 0))) > 0.1, "spread alone"
    assert abs(np.mean([association(number("x", rng.normal(size=N)), rows, x) for _ in range(20)])) < 0.01
    assert association(number("x", np.full(N, np.nan)), rows, x) == 0


def test_of_a_wide_table_the_strongest_columns_are_taken():
    rng = np.random.default_rng(4)
    wide = {f"f{i}": number(f"f{i}", rng.normal(size=N)) for i in range(400)}
    y = wide["f399"].values + 0.5 * wide["f350"].values ** 2 + 0.1 * rng.normal(size=N)
    columns = Columns({**wide, "y": number("y", y)}, N)
    features = strongest(columns, Choice("y", ()))
    assert len(features) == 300
    assert {"f399", "f350"} <= set(features)
    data = from_columns(columns, Choice("y", features, from_all=True))
    assert data.notes[0].startswith("Of 400 columns that could be features the 300 most strongly related to “y” are")


def test_the_rank_has_not_seen_the_rows_held_out():
    rng = np.random.default_rng(5)
    wide = {f"f{i}": number(f"f{i}", rng.normal(size=60)) for i in range(310)}
    y = rng.normal(size=60)
    columns = Columns({**wide, "y": number("y", y)}, 60)
    choice = Choice("y", (), held_out=0.5)
    features = strongest(columns, choice)
    held_out = from_columns(columns, Choice("y", features, held_out=0.5)).y_held_out
    other = np.where(np.isin(y, held_out), rng.normal(size=60), y)
    assert strongest(Columns({**wide, "y": number("y", other)}, 60), choice) == features


def test_codes_count_as_missing_in_the_column_or_in_all_of_them():
    columns = Columns(
        {
            "age": number("age", [30, 99, -999, 40]),
            "kg": number("kg", [99, 70, 80, -999]),
            "sex": Column("sex", "category", np.array([0, 1, 2, 0], np.int32), ("f", "m", "u")),
            "day": Column("day", "date", np.array([0.0, 19_000, 19_001, 19_002])),
        },
        4,
    )
    found = with_missing(columns, "-999, age=99, sex=u, day=1970-01-01")
    missing = {name: column.is_missing.tolist() for name, column in found.columns.items()}
    assert missing == {
        "age": [False, True, True, False],
        "kg": [False, False, False, True],
        "sex": [False, False, True, False],
        "day": [True, False, False, False],
    }
    assert found.notes[0] == "Cells of “age” that count as missing, as they hold a code for it: 2."
    assert with_missing(columns, "") is columns
    with pytest.raises(TableError, match="no column “nope”"):
        with_missing(columns, "nope=3")


def test_a_code_is_missing_in_the_experiment_and_in_its_new_rows():
    rng = np.random.default_rng(0)
    x = np.where(np.arange(200) % 10 == 0, -999.0, rng.uniform(0, 10, 200))
    columns = Columns({"x": number("x", x), "z": number("z", rng.normal(size=200)), "y": number("y", x)}, 200)
    key = table_store().put(columns, "codes.csv")
    own = Experiment.from_settings({"data.csv": key, "data.features": "x,z"})
    other = own.with_settings({"data.missing_values": "x=-999", "data.missing": "median"})
    assert dataset_of(own).encoding.features[0].low == -999
    feature = dataset_of(other).encoding.features[0]
    assert feature.low >= 0
    assert feature.read([-999.0, 5.0]).missing.tolist() == [True, False]
    assert own.key != other.key


def test_a_table_brings_its_columns_of_many_words_and_an_old_link_does_not():
    town, codes = towns(60)
    columns = Columns({"town": town, "x": number("x", codes * 0.5), "y": number("y", codes)}, N)
    key = table_store().put(columns, "towns.csv")
    old = Experiment.from_settings({"data.table": "own", "data.csv": key})
    assert choice_of(old.data, columns).features == ("x",)
    brought = on_table(Experiment(), {"data.table": "own", "data.csv": key})
    assert choice_of(brought.data, columns).features == ("town", "x")
    assert brought.with_settings({"data.table": "cars"}).data.own_features == "few"

"""A table to a dataset: features, missing values, parts, and every refusal in one sentence."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.tables.choice import Choice, default_target, numeric, own_features, usable
from core.data.tables.columns import Column, Columns, TableError
from core.data.tables.encoding import Encoding
from core.data.tables.feature import Feature
from core.data.tables.shipped import TABLES
from core.data.tables.split import from_columns

N = 60
RNG = np.random.default_rng(5)


def number(name, values):
    return Column(name, "number", np.asarray(values, dtype=float))


def words(name, codes, categories):
    return Column(name, "category" if len(categories) < 50 else "text", np.asarray(codes, np.int32), tuple(categories))


def table(**more):
    columns = {
        "age": number("age", np.arange(N)),
        "colour": words("colour", np.arange(N) % 3, ("blue", "green", "red")),
        "y": number("y", RNG.normal(size=N)),
    }
    columns |= more
    return Columns(columns, N)


def refused(columns, choice):
    with pytest.raises(TableError) as caught:
        from_columns(columns, choice)
    text = str(caught.value)
    assert text.endswith(".")
    assert len(text.splitlines()) == 1
    return text


def test_several_targets_share_rows_parts_and_features():
    y, z = RNG.normal(size=N), RNG.normal(size=N)
    y[3], z[3], z[7] = np.nan, np.nan, np.nan
    columns = table(y=number("y", y), z=number("z", z))
    choice = Choice("y", ("age",), also=("z",))
    data, other = from_columns(columns, choice), from_columns(columns, replace(choice, target="z", also=("y",)))
    assert data.notes == other.notes
    assert [note.rpartition("because ")[2] for note in data.notes] == [
        "they have no value of “y”: 1.",
        "they have no value of “z”: 1.",
    ]
    assert len(data.x) + len(data.x_held_out) == N - 2
    assert (data.x == other.x).all()
    assert (data.x_held_out == other.x_held_out).all()
    assert set(data.y).isdisjoint(other.y)
    assert own_features(columns, choice.targets) == ("age", "colour")
    assert "Column “z” is a target" in refused(columns, replace(choice, features=("age", "z")))
    assert "a log needs targets above 0" in refused(columns, replace(choice, log_target=True))


def test_numbers_and_one_input_for_each_category():
    columns = table()
    data = from_columns(columns, Choice("y", ("age", "colour"), held_out=0.25, validation=0.25))
    assert data.x_labels == ("age", "colour = blue", "colour = green", "colour = red")
    assert (data.x.shape, data.x_validation.shape, data.x_held_out.shape) == ((30, 4), (15, 4), (15, 4))
    assert data.x_grid.shape == (200, 4)
    every = np.concatenate([data.x, data.x_validation, data.x_held_out])
    age, one_hot = every[:, 0].astype(int), every[:, 1:]
    assert sorted(age) == list(range(N))
    np.testing.assert_array_equal(one_hot, np.eye(3)[age % 3])
    np.testing.assert_array_equal(data.y, columns.columns["y"].values[data.x[:, 0].astype(int)])


def test_what_the_encoding_makes_of_raw_rows_is_what_was_trained_on():
    columns = table()
    data = from_columns(columns, Choice("y", ("age", "colour")))
    raw = {"age": columns.columns["age"].values, "colour": np.array(["blue", "green", "red"])[np.arange(N) % 3]}
    rows = data.encoding.matrix(raw)
    np.testing.assert_array_equal(rows[data.x[:, 0].astype(int)], data.x)
    assert list(data.encoding.columns_of("colour")) == [1, 2, 3]
    assert Encoding.from_dict(data.encoding.to_dict()) == data.encoding


def test_the_last_rows_in_time_are_held_out_and_those_before_validate():
    time = number("time", N - np.arange(N, dtype=float))  # the file runs backwards
    data = from_columns(
        table(time=time), Choice("y", ("time",), split="order", split_by="time", held_out=0.2, validation=0.1)
    )
    assert data.x_held_out.min() > data.x_validation.max() > data.x_validation.min() > data.x.max()
    by_file = from_columns(table(), Choice("y", ("age",), split="order", held_out=0.2))
    assert by_file.x_held_out.min() > by_file.x.max()


def test_a_column_says_which_part_a_row_belongs_to():
    part = words("part", np.arange(N) % 3, ("Test", "train ", "val"))
    choice = Choice("y", ("age",), split="column", split_by="part")
    data = from_columns(table(part=part), choice)
    assert {*(data.x_held_out % 3)} == {0}
    assert {*(data.x % 3)} == {1}
    assert {*(data.x_validation % 3)} == {2}
    other = words("part", [0, *[1] * (N - 1)], ("perhaps", "train"))
    assert "Row 1 of column “part” is “perhaps”" in refused(
        table(part=other), Choice("y", ("age",), split="column", split_by="part")
    )


def test_rows_that_lack_a_value_are_left_out_or_filled_and_counted():
    age = np.arange(N, dtype=float)
    age[[3, 7, 9]] = np.nan
    colour = np.arange(N) % 3
    colour[[7, 20]] = -1
    target = np.arange(N, dtype=float)
    target[50] = np.nan
    columns = table(
        age=number("age", age), colour=words("colour", colour, ("blue", "green", "red")), y=number("y", target)
    )
    dropped = from_columns(columns, Choice("y", ("age", "colour")))
    assert len(dropped.y) + len(dropped.y_held_out) == N - 5
    assert dropped.notes == (
        "Rows left out, because they have no value of “y”: 1.",
        "Rows left out, because a feature is missing: 4.",
    )
    filled = from_columns(columns, Choice("y", ("age", "colour"), missing="median"))
    assert len(filled.y) + len(filled.y_held_out) == N - 1
    every = np.concatenate(
        [np.column_stack([filled.x, filled.y]), np.column_stack([filled.x_held_out, filled.y_held_out])]
    )
    age_feature = filled.encoding.features[0]
    assert (every[np.isin(every[:, -1], [3, 7, 9]), 0] == age_feature.fill).all()
    known = filled.x[~np.isin(filled.y, [3, 7, 9]), 0]
    assert age_feature.fill == np.median(known)
    assert "Missing values of “age”, taken as the median: 3." in filled.notes


def test_a_log_target_is_fitted_as_a_log():
    y = np.exp(RNG.normal(size=N))
    data = from_columns(table(y=number("y", y)), Choice("y", ("age",), log_target=True))
    np.testing.assert_allclose(np.sort(np.concatenate([data.y, data.y_held_out])), np.sort(np.log(y)))
    assert data.y_label == "log of y"
    y = np.array([*y[:4], 0.0, *y[5:]])
    assert "Row 5 of column “y” is 0" in refused(table(y=number("y", y)), Choice("y", ("age",), log_target=True))


@pytest.mark.parametrize(
    ("more", "choice", "says"),
    [
        ({}, Choice("z", ("age",)), "no column “z”"),
        ({}, Choice("y", ("age", "nope")), "no column “nope”"),
        ({}, Choice("colour", ("age",)), "Column “colour” holds words, such as “blue”: a target is a column"),
        ({}, Choice("y", ("y",)), "Column “y” is the target"),
        ({}, Choice("y", ()), "choose at least one feature"),
        ({"y": number("y", np.full(N, 3.5))}, Choice("y", ("age",)), "the value 3.5 in every row"),
        ({"y": number("y", [1.0, 2.0, *[np.nan] * (N - 2)])}, Choice("y", ("age",)), "has 2 numbers"),
        ({"id": words("id", np.arange(N), [f"w{i}" for i in range(N)])}, Choice("y", ("id",)), "holds text"),
        (
            {"price": Column("price", "category", np.zeros(N, np.int32), ("a",), "Row 17 of column “price” is “abc”.")},
            Choice("price", ("age",)),
            "Row 17 of column “price” is “abc”",
        ),
        ({"y": number("y", [*range(N - 1), -1e200])}, Choice("y", ("age",)), f"Row {N} of column “y” is -1e+200"),
        ({"age": number("age", [1e150, *range(N - 1)])}, Choice("y", ("age",)), "Row 1 of column “age” is 1e+150"),
        ({}, Choice("y", ("age",), split="column"), "Choose the column that says which rows"),
        ({}, Choice("y", ("age",), split="order", split_by="colour"), "an order needs numbers or dates"),
        ({}, Choice("y", ("age",), split="column", split_by="age"), "does not say train, validation or test"),
        ({"age": number("age", [0.0, *[np.nan] * (N - 1)])}, Choice("y", ("age",)), "only 1 have all values"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(more, choice, says):
    assert says in refused(table(**more), choice)


def test_too_many_inputs_name_the_column_that_makes_them():
    many = {f"c{i}": words(f"c{i}", np.arange(N) % 40, [f"w{k}" for k in range(40)]) for i in range(12)}
    assert "leave out “c0”" in refused(table(**many), Choice("y", tuple(many)))


def test_defaults_leave_out_what_cannot_be_used():
    columns = table(
        id=words("id", np.arange(N), [f"w{i}" for i in range(N)]),
        nothing=Column("nothing", "empty", np.full(N, np.nan)),
    )
    assert usable(columns, "y") == ("age", "colour")
    assert numeric(columns) == ("age", "y")


def test_of_a_wide_table_the_first_columns_that_fit_are_taken_and_it_is_told():
    wide = {f"f{i}": number(f"f{i}", RNG.normal(size=N)) for i in range(298)}
    all_of_it = table(**wide)  # with age and colour: 300 columns
    assert own_features(all_of_it, "y") == usable(all_of_it, "y")
    columns = table(
        **wide, more=number("more", np.arange(N)), text=words("text", np.arange(N), list(map(str, range(N))))
    )
    features = own_features(columns, "y")
    assert features == ("age", "colour", *list(wide)[:296])  # the three colours make an input each
    data = from_columns(columns, Choice("y", features))
    assert data.inputs == 300
    assert data.notes == (
        "Of 301 columns that could be features the first 298 are taken, as a run has at most 300 inputs: "
        "choose others by name.",
        "Columns left out, as they hold text or nothing: “text”.",
    )


@pytest.mark.parametrize("name", TABLES)
def test_every_shipped_table_makes_a_dataset(name):
    row = TABLES[name]
    data = from_columns(row.columns(), Choice(row.target, row.features, labels=row.labels))
    assert data.inputs >= len(row.features)
    assert data.x_labels[0] == row.labels[row.features[0]]


def test_new_values_are_seen_as_what_they_are():
    feature = Feature("size", "number", low=1.0, high=3.0)
    with pytest.raises(TableError, match="Row 2 of column “size” is “x”: a number is needed"):
        feature.matrix(np.array(["1", "x"], dtype=object))
    with pytest.raises(TableError, match="Row 1 has no value in column “size”"):
        feature.matrix([np.nan, 1.0])
    colour = Feature("colour", "category", ("blue", "red"))
    np.testing.assert_array_equal(colour.matrix(["red", "pink", "blue"]), [[0, 1], [0, 0], [1, 0]])


STRAY = "Row 17 of column “price” is “abc”: a number is needed."


def priced(*names):
    """Numbers under these names, and a price with a stray word, in alphabetical order."""
    price = Column("price", "text", np.zeros(N, np.int32), ("abc",), STRAY)
    columns = {name: number(name, np.arange(N)) for name in names} | {"price": price}
    return Columns(dict(sorted(columns.items())), N)


def test_a_last_column_with_stray_text_is_the_target_and_is_told_of():
    assert default_target(priced("a", "b")) == "price"
    assert default_target(priced("a", "z")) == "z", "what comes after it may well be meant"
    assert default_target(Columns({}, N)) == ""
    assert refused(priced("a", "b"), Choice("price", ("a", "b"))) == STRAY


def test_where_nothing_is_left_to_predict_from_the_reason_is_named():
    assert refused(priced("z"), Choice("z", ())) == f"There is nothing to predict “z” from. {STRAY}"
    only = Columns({"t": words("t", np.arange(N), [f"w{i}" for i in range(N)]), "y": number("y", np.arange(N))}, N)
    assert "Column “t” holds text" in refused(only, Choice("y", ()))


def test_rows_that_stand_twice_on_the_grid_are_known():
    data = from_columns(table(), Choice("y", ("age", "colour"), held_out=0.2))
    places = data.distinct_on_grid
    np.testing.assert_array_equal(data.x_grid[places], data.x_held_out)
    np.testing.assert_array_equal(data.y_grid[places], data.y_held_out)


def test_columns_that_are_not_read_as_they_are_meant_are_told():
    size = Column(
        "size", "category", np.arange(N, dtype=np.int32) % 9, tuple("12345678x"), "Row 9 of column “size” is “x”."
    )
    columns = table(id=words("id", np.arange(N), [f"w{i}" for i in range(N)]), size=size, b=priced()["price"])
    data = from_columns(columns, Choice("y", usable(columns, "y")))
    assert data.notes == (
        "Row 9 of column “size” is “x”. So the column is a category.",
        f"{STRAY} So the column is left out.",
        "Columns left out, as they hold text or nothing: “id”.",
    )
    assert from_columns(columns, Choice("y", ("age",))).notes == (), (
        "nothing is left out that was not left out by choice"
    )

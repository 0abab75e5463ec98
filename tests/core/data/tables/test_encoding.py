"""Rows in any shape a caller may have them: by name, by width, or refused."""

import numpy as np
import pandas as pd
import pytest

from core.data.tables.columns import TableError
from core.data.tables.encoding import Encoding, inputs_of
from core.data.tables.feature import Feature

ONE = Encoding("y", (Feature("x", "number"),))
ROWS = Encoding(
    "y",
    (
        Feature("age", "number"),
        Feature("colour", "category", ("blue", "red")),
        Feature("weight", "number", fill=70.0),
        Feature("day", "number", is_date=True),
    ),
)
TABLE = pd.DataFrame(
    {
        "age": [30, 40, 50],
        "colour": ["red", "blue", "green"],
        "weight": [60.0, np.nan, 80.0],
        "day": ["1970-01-02", "1970-01-03", "1970-01-04"],
    }
)
INPUTS = np.array([[30, 0, 1, 60, 1], [40, 1, 0, 70, 2], [50, 0, 0, 80, 3]])


@pytest.mark.parametrize(
    "x",
    [
        TABLE,
        TABLE[["day", "weight", "colour", "age"]].assign(more="text"),
        TABLE.to_dict("list"),
        TABLE.convert_dtypes(),
        TABLE.assign(day=pd.to_datetime(TABLE["day"])),
        TABLE.assign(day=pd.to_datetime(TABLE["day"], utc=True)),
        TABLE.assign(day=[1, 2, 3]),
        pd.DataFrame(INPUTS[:, ::-1], columns=ROWS.inputs[::-1]),
        INPUTS,
        INPUTS.tolist(),
    ],
)
def test_the_same_rows_in_any_form_are_the_same_inputs(x):
    np.testing.assert_array_equal(inputs_of(x, ROWS), INPUTS)


@pytest.mark.parametrize("x", [[1.0, 2.0], [[1.0], [2.0]], pd.Series([1.0, 2.0]), {"x": [1.0, 2.0]}])
def test_one_input_is_a_vector_or_a_column(x):
    np.testing.assert_array_equal(inputs_of(x, ONE), [[1.0], [2.0]])
    np.testing.assert_array_equal(inputs_of(3.0, ONE), [[3.0]])


def test_a_row_without_a_value_which_nothing_replaces_is_nan():
    absent = inputs_of(TABLE.assign(age=pd.array([30, None, 50], dtype="Int64")), ROWS)
    assert np.isnan(absent).all(axis=1).tolist() == [False, True, False]
    np.testing.assert_array_equal(absent[[0, 2]], INPUTS[[0, 2]])


@pytest.mark.parametrize(
    ("x", "encoding", "said"),
    [
        (
            TABLE.drop(columns=["age", "day"]),
            ROWS,
            "There are no columns “age”, “day”: this run predicts from “age”, “colour”, “weight”, “day”; "
            "add what is missing, or name it so.",
        ),
        (
            np.ones((5, 4)),
            ROWS,
            "The array has shape (5, 4), and this run predicts from “age”, “colour”, “weight”, “day”: give a DataFrame "
            "with these columns, or an array of shape (n, 5) of the inputs “age”, “colour = blue”, “colour = red”, "
            "“weight”, “day”.",
        ),
        (np.ones(5), ROWS, "The array has shape (5,), and"),
        (np.ones((5, 2)), ONE, "give a DataFrame with these columns, or an array of shape (n,) or (n, 1)."),
        (pd.DataFrame({"z": [1.0]}), ONE, "There is no column “x”: this run predicts from “x”; add what is missing"),
        (pd.concat([TABLE, TABLE[["age"]]], axis=1), ROWS, "Column “age” has shape (3, 2): give one column of this"),
        ({**TABLE.to_dict("list"), "age": [1]}, ROWS, "The columns differ in length: give each a value for every row."),
        (TABLE.assign(age=pd.to_datetime(TABLE["day"])), ROWS, "Column “age” holds dates: numbers are needed."),
        (
            TABLE.assign(day="2/3/2024"),
            ROWS,
            "Row 1 of column “day” is “2/3/2024”: a date is needed, such as 2026-01-31.",
        ),
    ],
)
def test_other_rows_are_refused_in_one_sentence(x, encoding, said):
    with pytest.raises(TableError) as refused:
        inputs_of(x, encoding)
    assert said in str(refused.value)


def test_many_names_are_cut_short():
    wide = Encoding("y", tuple(Feature(f"f{i}", "number") for i in range(300)))
    with pytest.raises(TableError, match=r"“f9” and 290 more: give a DataFrame with these .* shape \(n, 300\)\.$"):
        inputs_of(np.ones((3, 4)), wide)

"""A table at a glance."""

import pytest

from core.data.tables.overview import date_text, first_rows, glances
from core.data.tables.reading import read_table
from core.data.tables.shipped import TABLES


def brought():
    words = ("red", "", "blue", "green", "pink", "grey")
    rows = [f"{i - 3}.5,{words[i % 6]},2024-02-{i + 1:02d} 06:00,w{i},{'abc' if i == 4 else i}," for i in range(12)]
    return read_table("\n".join(["x,colour,when,word,odd,none", *rows]).encode(), "brought.csv")


def test_each_column_is_told_with_its_range_or_its_words():
    found = {glance["column"]: glance for glance in glances(brought())}
    assert {name: (glance["type"], glance["missing"], glance["holds"]) for name, glance in found.items()} == {
        "x": ("number", 0, "−3.5 to 8.5"),
        "colour": ("category", 2, "5 different: blue, green, grey, pink, …"),
        "when": ("date", 0, "2024-02-01 06:00:00 to 2024-02-12 06:00:00"),
        "word": ("category", 0, "12 different: w0, w1, w10, w11, …"),
        "odd": ("category", 0, "12 different: 0, 1, 10, 11, …"),
        "none": ("empty", 12, ""),
    }
    assert found["odd"]["remark"] == "Row 5 of column “odd” is “abc”: a number is needed."
    assert found["x"]["remark"] == ""


def test_first_rows_are_as_they_stand_in_the_file():
    rows = first_rows(brought(), rows=2)
    assert rows == {
        "x": [-3.5, -2.5],
        "colour": ["red", None],
        "when": ["2024-02-01 06:00:00", "2024-02-02 06:00:00"],
        "word": ["w0", "w1"],
        "odd": ["0", "1"],
        "none": [None, None],
    }
    assert list(first_rows(brought(), most_columns=1)) == ["x"]
    assert len(first_rows(brought(), rows=99)["x"]) == 12


@pytest.mark.parametrize(
    ("days", "text"), [(0.0, "1970-01-01"), (19_753.5, "2024-01-31 12:00:00"), (-1.0, "1969-12-31")]
)
def test_dates_are_written_as_iso(days, text):
    assert date_text(days) == text


@pytest.mark.parametrize("name", TABLES)
def test_shipped_tables_have_nothing_to_mend(name):
    assert all(glance["missing"] == 0 and not glance["remark"] for glance in glances(TABLES[name].columns()))

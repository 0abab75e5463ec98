"""Sheets of Excel: values, dates and titles; which sheet; and files that would fill the memory."""

import io
import zipfile
from datetime import date, datetime

import numpy as np
import openpyxl
import pytest

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table

N = 12


def book(*rows, sheets=("Data",)):
    """A workbook of sheets, whose last one has the rows."""
    made = openpyxl.Workbook()
    made.active.title = sheets[0]
    for title in sheets[1:]:
        made.create_sheet(title)
    for row in rows:
        made[sheets[-1]].append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def changed(data, replaced):
    """The workbook with the bytes of some parts replaced by what a function gives for them."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, replaced[part.filename](content) if part.filename in replaced else content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ROWS = [
    [i, i + 0.125, f"w{i % 3}", datetime(2024, 12, 1 + i, 14, 30), date(2024, 1, 1 + i), i % 2 == 0] for i in range(N)
]
NAMES = ["whole", "part", "word", "when", "day", "flag"]


def test_numbers_dates_words_and_truth_values():
    table = read_table(book(NAMES, *ROWS), "brought.xlsx")
    assert {name: column.kind for name, column in table.columns.items()} == {
        "whole": "number",
        "part": "number",
        "word": "category",
        "when": "date",
        "day": "date",
        "flag": "category",
    }
    np.testing.assert_array_equal(table["part"].values, np.arange(N) + 0.125)
    assert table["when"].values[0] == np.datetime64("2024-12-01T14:30", "s").astype(int) / 86_400
    assert table["day"].values[0] == np.datetime64("2024-01-01", "D").astype(int)
    assert (table["flag"].categories, table.notes, table.asks) == (("False", "True"), (), ())


def test_it_has_the_key_of_the_same_table_as_csv():
    text = "a,b\n" + "".join(f"{i},{i}.125\n" for i in range(N))
    rows = [[i, i + 0.125] for i in range(N)]
    assert read_table(book(["a", "b"], *rows), "x.xlsx").key == read_table(text.encode(), "x.csv").key


def test_titles_gaps_units_and_totals_of_a_sheet():
    rows = [[None, "Report of 2024"], [], [None, "a", "b"], [None, "kg", "m"], *([None, i, 2 * i] for i in range(N))]
    table = read_table(book(*rows, [None, "Total", 132]), "brought.xlsx")
    assert (list(table.columns), table.rows) == (["a", "b"], N)
    told = " ".join(table.notes)
    for words in ("“Report of 2024”", "“kg”, “m”", "The last row is “Total”", "Empty columns without a name"):
        assert words in told


def test_the_first_sheet_with_a_table_is_read_and_told():
    table = read_table(book(["a", "b"], *([i, i] for i in range(N)), sheets=("Cover", "Figures")), "brought.xlsx")
    assert table.notes == ("The sheet “Figures” was read, and none of the other 1.",)
    with pytest.raises(TableError, match=r"“empty\.xlsx” has no sheet with a line of names and rows below it\."):
        read_table(book(), "empty.xlsx")


def test_text_in_cells_is_read_like_that_of_a_csv():
    table = read_table(book(["a", "b"], *([f"{i}.250,5", f"{i} %"] for i in range(1, N))), "brought.xlsx")
    assert (table["a"].values[0], table["b"].values[0]) == (1250.5, 1)


def test_formulas_without_values_are_told():
    table = read_table(book(["a", "b", "c"], *([i, i, f"=A{i + 2}*2"] for i in range(N))), "brought.xlsx")
    assert "Formulas without a value count as missing: save the file in Excel, which puts the values in." in table.notes


def endless(content):
    return content.replace(b"<sheetData>", b'<sheetData><row r="1">' + b"<c><v>1</v></c>" * 500_000 + b"</row>")


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        (SHEET, endless, "has a row of more than 4,000,000 bytes"),
        (SHEET, lambda content: content.replace(b"<sheetData>", b"<sheetData><row>"), "has a row within a row"),
        (SHEET, lambda content: b'<!DOCTYPE x [<!ENTITY a "b">]>' + content, "holds what no sheet should"),
        (SHEET, lambda content: content + bytes(300_000_001), "unpacks to more than can be read of a sheet"),
        ("xl/workbook.xml", lambda content: b"<!DOCTYPE x>" + content, "holds what no sheet should"),
        ("xl/workbook.xml", lambda content: b"no", "The Excel file “bad.xlsx” cannot be read"),
        (SHEET, lambda content: content[:-300], "The Excel file “bad.xlsx” cannot be read"),
        (SHEET, lambda content: content.replace(b'r="12"', b'r="999999999"'), "has more than 2,000,000 cells"),
        ("xl/styles.xml", lambda content: content + b" " * 6_000_000, "unpacks to more than can be read of a sheet"),
    ],
)
def test_what_would_fill_the_memory_or_is_damaged_is_refused_in_one_sentence(part, change, said):
    data = changed(book(["a", "b"], *([i, i] for i in range(N))), {part: change})
    with pytest.raises(TableError) as refused:
        read_table(data, "bad.xlsx")
    assert said in str(refused.value)
    assert str(refused.value).endswith("save the sheet as CSV.")


def test_a_cell_far_from_the_others_takes_no_memory():
    data = changed(
        book(["a", "b"], *([i, i] for i in range(N))), {SHEET: lambda content: content.replace(b'r="B5"', b'r="XFD5"')}
    )
    with pytest.raises(TableError, match="has 16,384 columns"):
        read_table(data, "far.xlsx")

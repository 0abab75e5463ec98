"""Files of every kind: what is understood is noted, what is not is refused in one sentence with its row and column."""

import gzip
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.data.tables.columns import MOST_COLUMNS, MOST_ROWS, OTHER_TEXTS, TableError
from core.data.tables.reading import read_table
from core.data.tables.shipped import TABLES


def csv(row, first="a,y", rows=30):
    """A CSV of `rows` rows, each what `row` gives for its number from 0."""
    return ("\n".join([first, *(row(number) for number in range(rows))]) + "\n").encode()


def read(data, name="brought.csv"):
    return read_table(data, name)


def as_parquet(table):
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


PLAIN = csv(lambda i: f"{i},{i}.5")
A, Y = np.arange(30.0), np.arange(30.0) + 0.5


def zipped(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "a,y\n1,2\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (PLAIN, ""),
        (PLAIN.replace(b"\n", b"\r\n"), ""),
        (PLAIN.replace(b",", b";"), ""),
        (PLAIN.replace(b",", b"\t"), ""),
        (PLAIN.replace(b",", b"|"), ""),
        (PLAIN.replace(b",", b" , "), ""),
        (b"\n\n" + PLAIN + b"\n\n", ""),
        (b"sep=;\n" + PLAIN.replace(b",", b";"), ""),
        (b"\xef\xbb\xbf" + PLAIN, ""),
        (csv(lambda i: f'"{i}","{i}.5"', '"a","y"'), ""),
        (PLAIN.decode().encode("utf-16"), "The file is in UTF-16 and was read as such."),
        (csv(lambda i: f"{i};{i},5", "a;y"), "Decimal commas were read as points in “y”."),
        (csv(lambda i: f"{i}\t{i},5", "a\ty"), "Decimal commas were read as points in “y”."),
        (csv(lambda i: f"{i},{i}.5", "a,"), "1 column had no name: named “column” and its place here (2)."),
        (as_parquet(pa.table({"a": np.arange(30), "y": Y})), ""),
        (as_parquet(pa.table({"a": np.arange(30), "y": [f"{i}.5" for i in range(30)]})), ""),
    ],
)
def test_one_table_in_many_forms(data, note):
    found = read(data)
    assert found.rows == 30
    assert found.notes == ((note,) if note else ())
    a, y = found.columns.values()
    assert (a.name, a.kind, a.missing, y.kind, y.missing) == ("a", "number", 0, "number", 0)
    np.testing.assert_array_equal(a.values, A)
    np.testing.assert_array_equal(y.values, Y)
    assert (y.name == "y") == ("no name" not in note)


def test_one_content_has_one_key_whatever_the_form(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_bytes(PLAIN)
    forms = (PLAIN, PLAIN.replace(b",", b";"), as_parquet(pa.table({"a": np.arange(30), "y": Y})), path)
    assert len({read(form).key for form in forms}) == 1
    assert len(read(PLAIN).key) == 16
    others = (PLAIN.replace(b"7.5", b"7.6"), PLAIN.replace(b"a,", b"b,"), csv(lambda i: f"{i}.5,{i}", "y,a"))
    assert len({read(other).key for other in (PLAIN, *others)}) == 4


@pytest.mark.parametrize("name", TABLES)
def test_shipped_tables_are_read_alike_by_both_readers(name):
    table = TABLES[name]
    assert read_table(table.path, name).key == table.columns().key


@pytest.mark.parametrize("cell", ["", "NA", "N/A", "nan", "NULL", "?", "-", " NaN"])
def test_missing_cells(cell):
    found = read(csv(lambda i: f"{i},{cell}" if i == 3 else f"{i},{i}"))
    assert (found["y"].kind, found["y"].missing) == ("number", 1)
    assert np.isnan(found["y"].values[3])


def test_infinite_cells_count_as_missing():
    found = read(csv(lambda i: f"{i},{('inf', '-Infinity')[i % 2]}" if i < 4 else f"{i},{i}"))
    assert found["y"].missing == 4
    assert found.notes == ("Infinite values count as missing in “y”.",)


def test_names_twice_or_empty_are_mended_and_told():
    found = read(csv(lambda i: f"{i},{i},{i},{i},{i}", "a,a,,a.2, a "))
    assert list(found.columns) == ["a", "a.3", "column 3", "a.2", "a.4"]
    assert found.notes == (
        "1 column had no name: named “column” and its place here (3).",
        "3 columns were named “a”: all but the first got a number here, as in “a.3”.",
    )


def test_a_name_is_one_short_line_of_text():
    found = read(csv(lambda i: f"{i},{i}", '"<b>a\n  c\u200b\u202e</b>",' + "y" * 500))
    assert list(found.columns) == ["<b>a c </b>", "y" * 100]


def test_a_first_line_of_numbers_is_a_row():
    found = read(csv(lambda i: f"{i},{i}.5", "-1,1e3"))
    assert (found.rows, list(found.columns)) == (31, ["column 1", "column 2"])
    assert found["column 2"].values[:2].tolist() == [1000.0, 0.5]
    assert found.notes == (
        "The first line holds numbers, so that the columns are named “column 1”, “column 2” and so on.",
    )


def test_words_are_a_category_and_many_words_are_text():
    found = read(csv(lambda i: f"{('red', 'blue', '')[i % 3]},{i}x", rows=60))
    colour, text = found["a"], found["y"]
    assert (colour.kind, colour.categories, colour.missing) == ("category", ("blue", "red"), 20)
    assert colour.values.dtype == np.int32
    assert colour.values[:3].tolist() == [1, 0, -1]
    assert (text.kind, len(text.categories)) == ("text", 60)
    assert [text.categories[code] for code in text.values[:12]] == [f"{i}x" for i in range(12)]


def test_no_more_than_ten_thousand_texts_are_kept():
    text = read(csv(lambda i: f"{i},x{i:05d}", rows=10_010))["y"]
    assert (len(text.categories), text.categories[-1], text.missing) == (10_001, OTHER_TEXTS, 0)
    assert [text.categories[code] for code in (text.values[9_999], text.values[10_009])] == ["x09999", OTHER_TEXTS]


def test_stray_text_in_a_column_of_numbers_is_told_with_its_row():
    found = read(csv(lambda i: f"{i},abc" if i == 16 else f"{i},{i}"))
    assert (found["y"].kind, found["a"].trouble) == ("category", "")
    assert found["y"].trouble == "Row 17 of column “y” is “abc”: a number is needed."
    assert "“a b”: a number" in read(csv(lambda i: f"{i},a\x1b\u200bb" if i == 16 else f"{i},{i}"))["y"].trouble
    found = read(csv(lambda i: f"{i},12 %" if i in (4, 5, 9) else f"{i},{i}"))
    assert found["y"].trouble == "Row 5 of column “y” is “12 %”, and 2 more like it: a number is needed."
    assert read(csv(lambda i: f"{i},{'abc' if i % 2 else i}"))["y"].trouble == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (lambda day: day.strftime("%Y-%m-%d"), 0.0),
        (lambda day: day.strftime("%Y-%m-%d 06:00"), 0.25),
        (lambda day: day.strftime("%Y-%m-%dT12:00:00.000Z"), 0.5),
        (lambda day: day.strftime("%Y-%m-%d 00:00:00+12:00"), -0.5),
        (lambda day: day.strftime("%d.%m.%Y"), 0.0),
        (lambda day: day.strftime("%d/%m/%Y"), 0.0),
        (lambda day: day.strftime("%m/%d/%Y"), 0.0),
        (lambda day: day.strftime("%d %b %Y"), 0.0),
    ],
)
def test_dates_are_days_since_1970(cell, expected):
    days = pd.date_range("1969-12-20", periods=30)
    date = read(csv(lambda i: f'{i},"{cell(days[i]) if i else ""}"'))["y"]
    assert (date.kind, date.missing) == ("date", 1)
    np.testing.assert_allclose(date.values[1:], np.arange(-11, 18) + expected, atol=1e-9)


def test_dates_that_may_be_read_two_ways_are_kept_as_words():
    found = read(csv(lambda i: f"{i},{i % 12 + 1}/{i % 11 + 1}/2020"))
    assert found["y"].kind == "category"
    assert found.notes == (
        "The dates in “y” may be day first or month first and are kept as words: "
        "choose which, or write them as 2026-01-31.",
    )


def test_thousands_may_have_commas_in_quotes_or_points_before_a_decimal_comma():
    found = read(csv(lambda i: f'{i},"{i},250.5"'))
    assert found["y"].values[2] == 2250.5
    assert found.notes == ("Commas between thousands were left out in “y”.",)
    assert read(csv(lambda i: f"{i};{i}.250,5", "a;y"))["y"].values[2] == 2250.5


def test_a_column_of_long_words_is_text_and_the_beginning_of_each_is_kept():
    found = read(csv(lambda i: f"{i},{'x' * 5000}{i % 3}"))
    assert (found["y"].kind, found["y"].categories) == ("text", ("x" * 200,) * 3)


def test_latin_letters_are_read_and_noted():
    found = read(csv(lambda i: f"{'äöüß'[i % 4]},{i}").decode().encode("latin-1"))
    assert found["a"].categories == tuple(sorted("äöüß"))
    assert found.notes == ("The file is not UTF-8: its letters were read as Latin-1.",)


def test_cells_of_several_lines_are_one_cell():
    found = read(csv(lambda i: f'{i},"up\ndown, or ""so"""'))
    assert (found.rows, found["y"].categories) == (30, ('up\ndown, or "so"',))


def test_types_of_parquet():
    when = pd.date_range("1970-01-03", periods=12, freq="12h")
    table = pa.table(
        {
            "flag": [True, False, None] * 4,
            "when": when,
            "big": np.full(12, 2**62),
            "kind": pa.array(["x", "NA", "y"] * 4).dictionary_encode(),
            "none": pa.nulls(12),
            "list": [[1]] * 12,
            "small": np.append(np.arange(11), np.nan).astype(np.float32),
        }
    )
    found = read(as_parquet(table))
    kinds = {name: column.kind for name, column in found.columns.items()}
    assert kinds == {
        "flag": "category",
        "when": "date",
        "big": "number",
        "kind": "category",
        "none": "empty",
        "small": "number",
    }
    assert (found["flag"].categories, found["flag"].missing) == (("False", "True"), 4)
    assert found["when"].values[:2].tolist() == [2.0, 2.5]
    assert (found["kind"].categories, found["kind"].missing, found["small"].missing) == (("x", "y"), 4, 1)
    assert found.notes == ("Columns of lists, structures or bytes are left out: list.",)


def test_parquet_names_may_stand_twice():
    table = pa.Table.from_arrays([pa.array(A), pa.array(Y)], names=["a", "a"])
    assert read(as_parquet(table))["a.2"].values.tolist() == Y.tolist()


def test_the_name_of_a_file_does_not_matter():
    assert read(PLAIN, "table.parquet").key == read(as_parquet(pa.table({"a": A, "y": Y})), "table.csv").key


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file “brought.csv” is empty: upload one with a line of names and at least 10 rows."),
        (b" \n\n", "The file “brought.csv” is empty: upload one with a line of names and at least 10 rows."),
        (b"a,y", "The file “brought.csv” is one line: a line of column names is needed, and rows below it."),
        (b"a,y\n", "The file “brought.csv” has 0 rows of data: at least 1 is needed."),
        (b"a,y\n1,2\n3,4\n", "The file “brought.csv” has 2 rows of data: at least 10 are needed."),
        (as_parquet(pa.table({"a": [1, 2], "y": [1, 2]})), "“brought.csv” has 2 rows of data: at least 10 are needed."),
        (zipped("a.csv"), "The file “brought.csv” is a zip archive: unpack it and upload the table in it."),
        (zipped("xl/workbook.xml"), "The Excel file “brought.csv” cannot be read ("),
        (gzip.compress(PLAIN)[:-9], "The compressed file “brought.csv” is damaged or cut off"),
        (gzip.compress(gzip.compress(PLAIN)), "is a compressed file: unpack it"),
        (b"\x80\x04\x95\x10", "is a Python pickle, which is never opened as it may run code: save the table as CSV"),
        (b"%PDF-1.7", "is a PDF: save the table as CSV or Parquet."),
        (b"\n<!DOCTYPE html><p>", "is a web page: download the table itself, as CSV."),
        (json.dumps([{"a": 1, "y": 2}]).encode(), "is JSON: save the table as CSV or Parquet."),
        (json.dumps({"a": [1, 2]}).encode(), "is JSON: save the table as CSV or Parquet."),
        (PLAIN.decode().encode("utf-32"), "is text in UTF-32: save it in UTF-8."),
        (bytes(range(256)), "is binary, neither text nor Parquet: save the table as CSV or Parquet."),
        (b"PAR1" + bytes(100), "The Parquet file “brought.csv” is damaged: "),
        (as_parquet(pa.table({"a": A, "y": Y}))[:-200], "The Parquet file “brought.csv” is damaged: "),
        (b"a\n" + b"1\n" * 20, "has one column. At least two are needed: a target and a feature"),
        (as_parquet(pa.table({"a": A})), "has one column. At least two are needed: a target and a feature"),
        (as_parquet(pa.table({"a": A, "y": [[1]] * 30})), "has fewer than two usable columns"),
        (b"," * 10_000 + b"\n1", f"has 10,001 columns: at most {MOST_COLUMNS:,} can be read."),
        (b"a" * 2_000_000, "The first line of “brought.csv” is longer than 1,000,000 characters"),
        (csv(lambda i: "4" if i == 4 else f"{i},{i}"), "Row 5 of “brought.csv” has 1 cell where there are 2 columns"),
        (csv(lambda i: f"{i},5;{i},5"), "Row 1 of “brought.csv” has 3 cells where there are 2 columns"),
        (csv(lambda i: f"{i}", rows=MOST_ROWS + 1, first="a,y").replace(b"\n", b",\n"), "Row 1 of|2,000,001 rows"),
        (b"a,y\n" + b",\n" * (MOST_ROWS + 1), "has 2,000,001 rows: at most 2,000,000 can be read."),
        (b"," * 999 + b"\n" * 60_000, "has some 60,000,000 cells|cells: at most 50,000,000 can be read."),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(TableError) as refused:
        read(data)
    said = str(refused.value)
    assert any(part in said for part in sentence.split("|"))
    assert said.endswith((".", "…"))
    assert "\n" not in said


@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        (b"a\n1.5\n2\n", [1.5, 2]),
        (b"a\r\n1,5\r\n\r\n2,5\r\n\r\n", [1.5, np.nan, 2.5]),
        (as_parquet(pa.table({"a": [1.5, 2]})), [1.5, 2]),
    ],
)
def test_one_column_is_a_table_where_that_is_enough(data, numbers):
    table = read_table(data, "new.csv", fewest_rows=1, fewest_columns=1)
    np.testing.assert_array_equal(table["a"].values, numbers)


def test_where_one_column_is_enough_none_is_not():
    for data, said in ((b"sep=;\n", "has no column"), (as_parquet(pa.table({"a": [[1]]})), "has no usable column")):
        with pytest.raises(TableError, match=f"The file “new.csv” {said}"):
            read_table(data, "new.csv", fewest_rows=1, fewest_columns=1)


def test_a_quotation_mark_left_open_is_refused():
    with pytest.raises(TableError, match=r"Row 21 of “brought\.csv” has a quotation mark that is not closed"):
        read(csv(lambda i: f'{i},"open' if i == 20 else f"{i},{i}"))


def test_paths_that_are_no_files(tmp_path):
    for path, words in ((tmp_path, "“mine” is a folder"), (tmp_path / "absent.csv", "There is no file “mine”")):
        with pytest.raises(TableError, match=f"{words}: give the path of a CSV or Parquet file"):
            read_table(path, "mine")


def test_a_parquet_file_of_billions_of_cells_is_refused_before_it_is_unpacked():
    ones = pa.array(np.ones(MOST_ROWS, dtype=np.int8))
    data = as_parquet(pa.table({f"c{i}": ones for i in range(30)}))
    assert len(data) < 1_000_000
    with pytest.raises(TableError, match="has 60,000,000 cells: at most 50,000,000 can be read"):
        read(data)


@pytest.mark.parametrize("coded", [True, False])
def test_a_parquet_file_that_repeats_one_long_word_is_refused_before_it_is_unpacked(coded):
    codes = pa.array(np.zeros(50_000, dtype=np.int32))
    words = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 30_000]))
    file = io.BytesIO()
    # Without the schema of Arrow beside it, the column is one of plain strings.
    with parquet.ParquetWriter(file, pa.schema({"a": pa.float64(), "s": words.type}), store_schema=coded) as writer:
        writer.write_table(pa.table({"a": np.arange(50_000.0), "s": words}))
    assert len(file.getvalue()) < 1_000_000
    with pytest.raises(TableError, match=r"Column “s” unpacks to 1,500,000,000 letters: at most 1,000,000,000 can"):
        read(file.getvalue())


def test_an_unknown_column_is_named_with_those_there_are():
    with pytest.raises(TableError, match=r"The table has no column “b”: it has “a”, “y”\."):
        read(PLAIN)["b"]


def test_no_reader_may_write_into_a_table():
    for column in read(csv(lambda i: f"{i},{i}x")).columns.values():
        with pytest.raises(ValueError, match="read-only"):
            column.values[0] = 1

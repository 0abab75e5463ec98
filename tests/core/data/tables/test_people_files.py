"""Files as people keep them: what stands around the table, and how its columns are separated."""

import bz2
import gzip
from contextlib import suppress

import numpy as np
import pytest

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from tests.pace import at_most

N = 12
A, B = np.arange(1.0, N + 1), np.arange(1.0, N + 1) + 0.5
ROWS = "".join(f"{i},{i}.5\n" for i in range(1, N + 1))
WORDS = [f"w{i % 3}" for i in range(N)]


def wide(row, first):
    return "\n".join([first, *(row(i) for i in range(1, N + 1))]) + "\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# made by a logger\n# in 2024\na,b\n" + ROWS, "2 comments above the names were left out."),
        ("# made by a logger\n#a,b\n" + ROWS, "1 comment above the names was left out."),
        ("#a,b\n" + ROWS, "The sign # before the first name was left out."),
        ("% from a solver\na,b\n" + ROWS, "1 comment above the names was left out."),
        ("// from a solver\na,b\n" + ROWS, "1 comment above the names was left out."),
        ("Sales, 2024\nStation;Berlin\n\n" + wide(lambda i: f"{i};{i},5", "a;b"), "above the names were left out"),
        ("a,b\n---,---\n" + ROWS, "The line of dashes below the names was left out."),
        ("Report of 2024\na,b\n" + ROWS, "Lines above the names were left out: “Report of 2024”."),
        ("Report of 2024\n\nby me\na,b\n" + ROWS, "Lines above the names were left out: “Report of 2024”, “by me”."),
        ("a,b\nkg,m\n" + ROWS, "The line below the names holds no values but “kg”, “m”, and was left out."),
        ("a,b\n[kg],\n" + ROWS, "The line below the names holds no values but “[kg]”"),
        ("a,b\nfloat,float\n" + ROWS, "The line below the names holds no values but “float”, “float”"),
        ("a,b\n" + ROWS + "Total,12345\n", "The last row is “Total” and was left out."),
        ("a,b\n" + ROWS + "Grand total:,12345\n", "The last row is “Grand total:” and was left out."),
        ("a,b\n" + ROWS + "Total: 78,12345\n", "The last row is “Total: 78” and was left out."),
        ("a,b\n" + ROWS + "Total,1\nMean,2\n", "The last row is “Mean” and was left out."),
        ("a,b\n" + ROWS + f",{sum(B)}\n", "The last row holds the sums of the others and was left out."),
        ("a,b\n" + ROWS + "Source: the office\n", "Lines below the rows were left out: “Source: the office”."),
        ("a,b\n" + ROWS + "\nTotal\n* preliminary\n", "Lines below the rows were left out: “Total”, “* preliminary”."),
        ("a,b\n1,1.5\n# a pause\n" + ROWS[6:], "Lines that begin with # between the rows were left out: 1."),
        ("a,b\n" + ROWS + ",\n,\n,\n", "Empty rows at the end were left out: 3."),
        ("a,b,\n" + ROWS.replace("\n", ",\n"), "Empty columns without a name were left out: 1."),
        ("a,b\n" + ROWS.replace("\n", ",\n"), "Empty columns without a name were left out: 1."),
        ("a,b,,\n" + ROWS.replace("\n", ",,\n"), "Empty columns without a name were left out: 2."),
        ("a,b,\n" + ROWS, ""),
        (
            wide(lambda i: f"{i:>6}   {i}.5", "     a     b"),
            "The columns are separated by blanks and were read as such.",
        ),
        (wide(lambda i: f"{i} {i}.5", "a b"), "separated by blanks"),
        ("# a comment\n" + wide(lambda i: f"{i} {i}.5", "a b"), "separated by blanks"),
        (wide(lambda i: f"{i};{i},5", "a;b"), "Decimal commas were read as points in “b”."),
        (wide(lambda i: f"{i}\t{i},5", "a\tb"), "Decimal commas were read as points in “b”."),
        (wide(lambda i: f"{i};{i},5", "Bericht, Stand 2024\na;b"), "Lines above the names were left out"),
    ],
)
def test_what_stands_around_the_table_is_left_out_and_told(text, told):
    table = read_table(text.encode(), "brought.csv")
    assert list(table.columns) == ["a", "b"]
    np.testing.assert_array_equal(table["a"].values, A)
    np.testing.assert_array_equal(table["b"].values, B)
    assert told in " ".join(table.notes)
    assert told or not table.notes


def test_a_german_total_is_a_row_left_out_and_not_a_column():
    text = wide(lambda i: f"Ort {i};{i};{i}.000", "Ort;Zahl;Summe") + "Summe;;78.000\n"
    table = read_table(text.encode(), "brought.csv")
    assert (table.rows, table["Zahl"].missing, table["Summe"].values[0]) == (N, 0, 1)
    assert "The last row is “Summe” and was left out." in table.notes


def test_a_category_that_is_called_total_stays():
    text = wide(lambda i: f"{('part', 'Total')[i % 2]},{i}", "kind,y") + "Total,7\n"
    assert read_table(text.encode(), "brought.csv").rows == N + 1


def test_a_last_row_with_a_gap_stays():
    text = "a,b\n" + ROWS + ",3.5\n"
    table = read_table(text.encode(), "brought.csv")
    assert (table.rows, table["a"].missing, table.notes) == (N + 1, 1, ())


def test_names_of_rows_that_r_writes_have_no_name():
    text = '"mpg" "cyl"\n' + "".join(f'"car {i}" {i}.5 {i}\n' for i in range(N))
    table = read_table(text.encode(), "brought.txt")
    assert list(table.columns) == ["row", "mpg", "cyl"]
    assert table["mpg"].values[3] == 3.5


def test_the_rows_of_r_with_tabs():
    text = "a\tb\n" + "".join(f"{i}\t{i}\t{i}.5\n" for i in range(N))
    assert list(read_table(text.encode(), "brought.tsv").columns) == ["row", "a", "b"]


def test_blanks_between_numbers_and_a_tab_before_the_words_without_names():
    text = "".join(f'1{i}.5   8   307.0      130.0      3504.      {i}.0   70  1\t"car {i}"\n' for i in range(N))
    table = read_table(text.encode(), "auto-mpg.data")
    assert (table.rows, len(table.columns)) == (N, 9)
    assert table["column 9"].categories[0] == "car 0"


def test_columns_by_place_may_have_empty_cells():
    lines = [f"{i:<6}{'' if i == 3 else i * 1.5:>8}  {WORDS[i]:<5}" for i in range(N)]
    text = f"{'id':<6}{'value':>8}  {'word':<5}\n" + "\n".join(lines) + "\n"
    table = read_table(text.encode(), "brought.txt")
    assert (table["value"].kind, table["value"].missing, table["word"].categories) == ("number", 1, ("w0", "w1", "w2"))


def test_a_table_without_names_is_told_by_the_words_that_its_first_line_shares():
    text = "".join(f"{i}.1,{i}.7,{('setosa', 'virginica')[i % 2]}\n" for i in range(N))
    table = read_table(text.encode(), "iris.data")
    assert (table.rows, list(table.columns)[2]) == (N, "column 3")
    assert "The first line holds a row and no names" in table.notes[0]
    years = "country,2019,2020\n" + "".join(f"c{i},{i},{i + 1}\n" for i in range(N))
    assert list(read_table(years.encode(), "wide.csv").columns) == ["country", "2019", "2020"]


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])]
)
def test_compressed_files_are_unpacked(pack):
    table = read_table(pack(("a,b\n" + ROWS).encode()), "brought.csv.gz")
    np.testing.assert_array_equal(table["b"].values, B)
    assert table.notes == ("The file was compressed and has been unpacked.",)


def test_a_small_file_that_unpacks_to_a_very_large_one_is_refused_before_it_fills_the_memory():
    bomb = gzip.compress(bytes(260_000_000), compresslevel=1)
    assert len(bomb) < 2_000_000
    with pytest.raises(TableError, match=r"“bomb\.gz” unpacks to more than 250 MB"):
        read_table(bomb, "bomb.gz")


def test_one_column_may_have_blanks_between_thousands():
    table = read_table(b"price\n40 000\n7 500\n", "new.csv", fewest_rows=1, fewest_columns=1)
    assert table["price"].values.tolist() == [40_000, 7_500]


@pytest.mark.parametrize(
    "text",
    ["a\tb\n" + "x" * 120_000 + "\t1\n", "a b\n" * 2 + "x" * 900_000 + "\n", "a b\n" + "\n" * 900_000 + "1 2\n"],
)
def test_lines_without_end_take_no_time(text):
    with at_most(2), suppress(TableError):
        read_table(text.encode(), "long.txt")

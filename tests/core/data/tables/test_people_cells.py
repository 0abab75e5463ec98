"""Cells as people write them: what a column of such cells is read as, and what is told of it."""

import numpy as np
import pandas as pd
import pytest

from core.data.tables.columns import Choices, Like
from core.data.tables.reading import read_table

NAN = np.nan


def column(cells, separator=";", name="y", **options):
    """The table of one column of cells, over and over to 12 rows, beside a column of words, and its cells' count."""
    rows = [cells[i % len(cells)] for i in range(12)]
    text = separator.join(("word", name)) + "\n" + "".join(f'w{separator}"{cell}"\n' for cell in rows)
    return read_table(text.encode(), "brought.csv", **options)


def days(*dates):
    return [NAN if date == "NaT" else pd.Timestamp(date).timestamp() / 86400 for date in dates]


@pytest.mark.parametrize(
    ("cells", "numbers", "told"),
    [
        (["$1,234.50", "$2.00"], [1234.5, 2], "The currency “$” was left out"),
        (["US$ 12.50", "US$ 7"], [12.5, 7], "The currency “US$” was left out"),
        (["12 %", "3,5 %", "0"], [12, 3.5, 0], "Per cent signs were left out in “y”: 12 % is 12."),
        (["10%", "7.5%"], [10, 7.5], "Per cent"),
        (["40 000", "1 250 000", "7"], [40_000, 1_250_000, 7], "Blanks between thousands were left out in “y”."),
        (["40\u202f000", "1\u00a0250,5"], [40_000, 1250.5], "Blanks between thousands"),
        (["1'234.50", "17.00"], [1234.5, 17], "Apostrophes between thousands were left out in “y”."),
        (["1’234", "CHF 17"], None, ""),
        (["CHF 1'200.–", "CHF 17.50"], [1200, 17.5], "The currency “CHF” was left out"),
        (["(1.23)", "4.56"], [-1.23, 4.56], "Numbers in brackets were read as negative in “y”."),
        (["($1,234.00)", "$5.00"], [-1234, 5], "Numbers in brackets"),
        (["−3", "4", "–5.5"], [-3, 4, -5.5], "Dashes before numbers were read as minus signs in “y”."),
        (["12.5-", "7"], [-12.5, 7], "A minus sign after a number was moved before it"),
        (["1 234,5 €", "12,– €"], [1234.5, 12], "The currency “€” was left out"),
        (["1.234,50 EUR", "7,25 EUR"], [1234.5, 7.25], "The currency “EUR” was left out"),
        (["1.017", "1.040,33"], [1017, 1040.33], "Points between thousands were left out in “y”."),
        (["1.234.567", "250.000"], [1_234_567, 250_000], "Points between thousands were left out in “y”."),
        (["12,34,567.50", "1,234.25"], [1_234_567.5, 1234.25], "Commas between thousands were left out in “y”."),
        (["5 kg", "7,5 kg"], [5, 7.5], "The unit “kg” was left out in “y”."),
        (["5.5km", "12km"], [5.5, 12], "The unit “km” was left out"),
        (["21 °C", "-3 °C"], [21, -3], "The unit “°C” was left out"),
        (["1 year", "2 years"], [1, 2], "The unit “year”, “years” was left out"),
        (["120 m²", "75 m²"], [120, 75], "The unit “m²” was left out"),
        (["£1.2M", "£850K"], [1.2e6, 8.5e5], "multiplied it by a power of ten"),
        (["1.5", "n.a.", "k. A."], [1.5, NAN, NAN], "“n.a.” counts as missing in “y”."),
        (["1.5", ":"], [1.5, NAN], "“:” counts as missing in “y”."),
        (["1.5", "#DIV/0!"], [1.5, NAN], "“#DIV/0!” counts as missing in “y”."),
        ([" 1.5 ", "2 "], [1.5, 2], ""),
        (["0,125", "0,250"], [0.125, 0.25], "Decimal commas were read as points in “y”."),
        (["1,5E3", "2,5e-3"], [1500, 0.0025], "Decimal commas"),
        (["1:02:30", "0:30:00"], [1 + 150 / 3600, 0.5], "Times in “y” were read as hours"),
        (["01.30.00", "13.00.00"], [1.5, 13], "Times in “y” were read as hours"),
        (["5 KG", "7 kg"], [5, 7], "The unit “KG”, “kg” was left out in “y”."),
        (["'5'", "'7'"], [5, 7], "Single quotation marks were left out in “y”."),
        (["1.5", "missing", "unknown"], [1.5, NAN, NAN], "“missing” counts as missing in “y”."),
        # These are no numbers, or not of one kind.
        (["5 Main Street", "7 Main Street"], None, ""),
        (["4111 1111 1111 1111", "4111 1111 1111 1112"], None, ""),
        (["1/12", "2/12"], None, ""),
        (["2000-2001", "2001-2002"], None, ""),
        (["DE12 3456", "DE12 3457"], None, ""),
        (["555-1234", "555-1235"], None, ""),
        (["52.5, 13.4", "52.6, 13.4"], None, ""),
        (["1-", "2+"], None, ""),
        (["2A", "3A"], None, ""),
        (["x5", "x6"], None, ""),
        (["12 %", "13"], None, ""),
        (["5-10", "10-20"], None, ""),
        (["10 of 12", "11 of 12"], None, ""),
        (["040 123 456", "040 123 457"], None, ""),
        (["14:30", "15:15"], [14.5, 15.25], "Times in “y” were read as hours: 14:30 is 14.5."),
        (["1,5", "2.25"], [1.5, 2.25], "Decimal commas and decimal points both stand in “y”"),
        (["v1.2.3", "v1.2.4"], None, ""),
        (["192.168.0.1", "10.0.0.1"], None, ""),
    ],
)
def test_numbers_in_every_dress(cells, numbers, told):
    table = column(cells)
    y = table["y"]
    if numbers is None:
        assert y.kind == "category"
        return
    assert y.kind == "number"
    np.testing.assert_array_equal(y.values[: len(cells)], numbers)
    assert told in " ".join(table.notes)
    assert told or not table.notes


def test_a_cell_that_keeps_a_column_from_being_dates_is_named():
    table = column([*(f"{day:02d}.03.2024" for day in range(1, 12)), "soon {}"])
    assert (table["y"].kind, table["y"].trouble) == ("category", "")
    assert table.notes == ("Dates in “y” are kept as words, as row 12 is “soon {}”.",)


def test_several_units_in_a_column_are_named():
    assert column(["5 kg", "300 g"])["y"].trouble == (
        "Column “y” holds numbers with several units, “g”, “kg”: give all the same one."
    )


def two(first, second, separator=";", **options):
    lines = [separator.join((f'"{a}"', f'"{b}"')) for a, b in zip(first * 6, second * 6, strict=True)]
    return read_table(("\n".join([f"a{separator}b", *lines]) + "\n").encode(), "brought.csv", **options)


@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_the_decimal_sign_is_settled_by_the_other_columns(separator):
    table = two(["85,5", "102,25"], ["1.250", "2.400"], separator)
    assert table["b"].values[:2].tolist() == [1250, 2400]
    assert "The decimal sign in “b” is “,”, as “a” shows: 1.250 is 1250." in table.notes
    table = two(["85.5", "102.25"], ["1,250", "2,400"], separator)
    assert table["b"].values[:2].tolist() == [1250, 2400]
    assert table.asks == ()


@pytest.mark.parametrize(
    ("separator", "cells", "taken", "other"),
    [
        ("\t", ["101,328", "98,250"], [101328, 98250], [101.328, 98.25]),
        (";", ["101,328", "98,250"], [101.328, 98.25], [101328, 98250]),
        (";", ["1.250", "2.400"], [1.25, 2.4], [1250, 2400]),
        (";", ["850", "2.400"], [850, 2400], [850, 2.4]),
    ],
)
def test_where_nothing_settles_the_sign_a_default_is_told_and_the_other_can_be_chosen(separator, cells, taken, other):
    table = column(cells, separator)
    assert table["y"].values[:2].tolist() == taken
    assert table.asks == ("decimal",)
    assert any("It is unclear whether “,” or “.” is the decimal sign in “y”" in note for note in table.notes)
    settled = {sign: column(cells, separator, choices=Choices(decimal=sign)) for sign in ",."}
    assert sorted(each["y"].values[1] for each in settled.values()) == sorted((taken[1], other[1]))
    assert all(each.asks == () and "as you chose" in each.notes[0] for each in settled.values())


def test_four_digits_without_a_mark_show_that_thousands_have_none():
    table = column(["1.250", "1250"])
    assert (table["y"].values[:2].tolist(), table.asks) == ([1.25, 1250], ())


def test_three_decimals_between_commas_are_decimals_and_not_worth_a_word():
    table = read_table(b"a,y\n" + b"1.250,2.375\n" * 12, "brought.csv")
    assert (table["a"].values[0], table.notes, table.asks) == (1.25, (), ())


@pytest.mark.parametrize(
    ("cells", "dates", "told"),
    [
        (
            ["31/12/2024 14:30", "01/02/2024 00:15"],
            ["2024-12-31 14:30", "2024-02-01 00:15"],
            "the day first, as only so",
        ),
        (
            ["12/31/24 2:30 PM", "1/2/24 12:05 AM"],
            ["2024-12-31 14:30", "2024-01-02 00:05"],
            "the month first, as only so",
        ),
        (["20241231", "20240102"], ["2024-12-31", "2024-01-02"], "Numbers such as 20241231 in “y” were read as dates."),
        (["20241231T143000", "20240102T000000"], ["2024-12-31 14:30", "2024-01-02"], "Numbers such as 20241231"),
        (["2024-12", "2024-01"], ["2024-12-01", "2024-01-01"], "The months in “y” were read as the first day of each."),
        (["Dec 2024", "Mär 2025"], ["2024-12-01", "2025-03-01"], "The months in “y”"),
        (["2024-Q4", "2025-Q1"], ["2024-10-01", "2025-01-01"], "The quarters in “y”"),
        (
            ["31.12.24", "01.02.25"],
            ["2024-12-31", "2025-02-01"],
            "Years of two digits in “y” were read as 1969 to 2068.",
        ),
        (["31.12.2024", "1.2.2025"], ["2024-12-31", "2025-02-01"], "the day first"),
        (["31. 12. 2024 14:30 Uhr", "1. 2. 2025 09:00 Uhr"], ["2024-12-31 14:30", "2025-02-01 09:00"], "the day first"),
        (["2024-12-31T14:30:00+02:00", "2024-01-02T00:00:00Z"], ["2024-12-31 12:30", "2024-01-02"], ""),
        (["31-Dec-24", "02-Jan-25"], ["2024-12-31", "2025-01-02"], "Dates with the names of months were read in “y”."),
        (["Dec 31, 2024", "January 2, 2025"], ["2024-12-31", "2025-01-02"], "names of months"),
        (["31. Dezember 2024", "2. März 2025"], ["2024-12-31", "2025-03-02"], "names of months"),
        (
            ["Tue, 31 Dec 2024 14:30:00 GMT", "Thu, 02 Jan 2025 00:00:00 GMT"],
            ["2024-12-31 14:30", "2025-01-02"],
            "names",
        ),
        (["2024/12/31", "2024/1/2"], ["2024-12-31", "2024-01-02"], ""),
        (["2024-W01", "2024-W52"], ["2024-01-01", "2024-12-23"], "The weeks in “y” were read as the Monday of each."),
        (["24-01-31", "24-01-30"], ["2024-01-31", "2024-01-30"], "the year first"),
        (["31-01-24", "30-01-24"], ["2024-01-31", "2024-01-30"], "the day first"),
        (["31.12.2024", "00.00.0000"], ["2024-12-31", "NaT"], "“00.00.0000” counts as missing in “y”."),
    ],
)
def test_dates_in_every_form(cells, dates, told):
    table = column(cells)
    assert table["y"].kind == "date"
    np.testing.assert_allclose(table["y"].values[:2], days(*dates), rtol=0, atol=1e-9)
    assert told in " ".join(table.notes)
    assert told or not table.notes


AMBIGUOUS = [f"{i * 5 % 9 + 1:02d}/02/2024" for i in range(12)]


def test_an_order_of_dates_is_settled_by_other_columns_or_by_their_sequence_and_asked_where_it_may_be_wrong():
    table = two([f"{13 + i}/01/2024" for i in range(2)], ["03/04/2024", "04/03/2024"])
    assert table["b"].written == "day first"
    assert "The dates in “b” were read with the day first, as “a” shows." in table.notes
    in_order = column([f"{month:02d}/0{month % 3 + 1}/2024" for month in range(1, 13)])
    assert (in_order["y"].written, in_order.asks) == ("month first", ("dates",))
    assert "the month first, as only so they are in order" in in_order.notes[0]
    beside_commas = two(AMBIGUOUS[:2], ["1,5", "2,25"])
    assert (beside_commas["a"].written, beside_commas.asks) == ("day first", ("dates",))
    at_noon = column([f"{day} 2:30 PM" for day in AMBIGUOUS])
    assert (at_noon["y"].written, at_noon.asks) == ("month first", ("dates",))


@pytest.mark.parametrize(("order", "first"), [("day", "2024-02-01"), ("month", "2024-01-02")])
def test_the_order_of_dates_can_be_chosen(order, first):
    table = column(AMBIGUOUS, choices=Choices(dates=order))
    assert (table["y"].values[0], table.asks) == (days(first)[0], ())
    assert column(AMBIGUOUS).asks == ("dates",)


@pytest.mark.parametrize(
    ("name", "start", "step", "way"),
    [
        ("timestamp", 1_700_000_000, 60, "epoch s"),
        ("t", 1_700_000_000.5, 60, "epoch s"),
        ("created_at", 1_700_000_000_000, 60_000, "epoch ms"),
        ("x", 1_700_000_000_000, 60_000, "epoch ms"),
        ("Datum", 45_000, 1, "spreadsheet days"),
        ("month", 202_401, 1, "yyyymm"),
        ("day", 20_240_101, 1, "yyyymmdd"),
        # Ordinary numbers.
        ("population", 1_300_000_000, 6_000, ""),
        ("order_id", 1_700_000_000, 1, ""),
        ("id", 1_700_000_000_000, 1, ""),
        ("runtime_ns", 1_300_000_000, 6_000, ""),
        ("price", 45_000, 100, ""),
        ("price", 20_110_101, 100_000, ""),
        ("count", 202_401, 1, ""),
        ("year", 2000, 1, ""),
        ("date", 1, 1, ""),
        ("ean", 4_006_381_330_000, 7, ""),
    ],
)
def test_numbers_are_dates_only_where_name_and_range_make_it_plain(name, start, step, way):
    table = column([f"{start + i * step}" for i in range(12)], name=name)
    assert (table[name].kind, table[name].written) == ("date" if way else "number", way or table[name].written)
    assert bool(table.notes) == bool(way)


STYLES = (
    (lambda v: f"{v:,.2f}".replace(",", "\u202f").replace(".", ","), "decimal comma"),
    (lambda v: f"{v:,.2f}".replace(",", "'"), "decimal point"),
    (lambda v: f"{v:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."), "decimal comma"),
    (lambda v: f"{v:,.2f} €".replace(",", "_").replace(".", ",").replace("_", "."), "decimal comma"),
    (lambda v: f"${v:,.2f}" if v >= 0 else "($" + f"{-v:,.2f})", "decimal point"),
    (lambda v: f"{v:,.2f}".replace("-", "−"), "decimal point"),
    (lambda v: f"{v:.2f} kg", "decimal point"),
)


@pytest.mark.parametrize("style", range(len(STYLES)))
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_numbers_of_every_size_come_back_as_they_were_written(style, separator):
    rng = np.random.default_rng(style)
    numbers = np.round(rng.choice([-1, 1], 2000) * 10 ** rng.uniform(-2, 8, 2000), 2)
    write, written = STYLES[style]
    text = f"word{separator}y\n" + "".join(f'w{separator}"{write(v)}"\n' for v in numbers)
    y = read_table(text.encode(), "brought.csv")["y"]
    np.testing.assert_array_equal(y.values, numbers)
    assert y.written == written


def test_new_rows_are_read_as_the_training_was():
    def read(text, like):
        return read_table(text.encode(), "new.csv", fewest_rows=1, fewest_columns=1, like={"x": like})["x"]

    assert read("x\n01\n02\n", Like("category")).categories == ("01", "02")
    assert read("x\nTRUE\n", Like("category")).categories == ("TRUE",)
    assert read("x\n3/4/2024\n", Like("date", "day first")).values[0] == days("2024-04-03")[0]
    assert read("x\n3/4/2024\n", Like("date", "month first")).values[0] == days("2024-03-04")[0]
    assert read("x\n1700000000\n", Like("date", "epoch s")).values[0] == 1.7e9 / 86_400
    assert read("x\n20240102\n20240103\n", Like("number")).values[0] == 20240102
    assert read("x\n1.250\n", Like("number", "decimal comma")).values[0] == 1250
    assert read("x\n1.25\n", Like("number", "decimal comma")).values[0] == 1.25

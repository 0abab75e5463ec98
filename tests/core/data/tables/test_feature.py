"""New rows are read as training read them: words, dates and numbers written otherwise, and what is told of it."""

import json

import numpy as np
import pandas as pd
import pytest

from core.data.tables.columns import TableError
from core.data.tables.encoding import Encoding
from core.data.tables.feature import Feature
from core.data.tables.same_words import same_words, word_of

CODES = ("01", "02", "10", "2A")


@pytest.mark.parametrize(
    ("given", "known", "meant"),
    [
        ("TRUE", ("False", "True"), "True"),
        (" red ", ("blue", "red"), "red"),
        ("Très  Bon", ("très bon", "bon"), "très bon"),
        ("1.0", ("1", "2A"), "1"),
        ("1", CODES, "01"),
        ("2", CODES, "02"),
        ("02A", CODES, None),
        ("1e1", CODES, None),
        ("1", ("01", "001"), None),
        ("1", ("1", "01"), "1"),
        ("RED", ("Red", "red"), None),
        ("3.50", ("3.5", "4"), "3.5"),
        ("pink", ("blue", "red"), None),
    ],
)
def test_a_word_is_that_of_training_where_it_can_be_no_other(given, known, meant):
    place = same_words([given], known).get(given)
    assert (None if place is None else known[place]) == meant


@pytest.mark.parametrize(
    ("cell", "word"),
    [(3.0, "3"), (np.float32(3), "3"), (np.int64(7), "7"), (2.5, "2.5"), (True, "True"), (np.True_, "True"),
     ("3.0", "3.0"), (None, None), (np.nan, None), ("  ", None), (2**60 + 1, "1152921504606846977")],
)  # fmt: skip
def test_a_cell_is_a_word(cell, word):
    assert word_of(cell) == word


def test_codes_that_came_as_numbers_are_the_codes_of_training_and_it_is_told():
    code = Feature("code", "category", CODES)
    read = code.read([1, 2.0, "02", "2A", 7])
    assert read.inputs.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert read.unknown.tolist() == [False] * 4 + [True]
    assert read.notes == ("Words of “code” were read as training had them: “1” as “01”, “2” as “02”.",)
    assert code.read(["01", "2A"]).notes == ()


def test_dates_are_read_in_the_order_of_training():
    day_first = Feature("day", "number", is_date=True, written="day first")
    # 5 February and 3 April: alone, either might be month first.
    assert day_first.matrix(["05/02/1970", "03/04/1970"]).ravel().tolist() == [35, 92]
    month_first = Feature("day", "number", is_date=True, written="month first")
    assert month_first.matrix(["05/02/1970", "03/04/1970"]).ravel().tolist() == [121, 62]
    assert day_first.matrix(["05.02.70"]) == day_first.matrix(["5-2-1970"]) == 35
    assert month_first.matrix(["1970-02-05"]).ravel().tolist() == [35]
    with pytest.raises(TableError, match="Row 1 of column “day” is “13/13/1970”: a date is needed"):
        day_first.read(["13/13/1970"])


def test_dates_that_were_numbers_in_training_are_again():
    seconds = Feature("t", "number", is_date=True, written="epoch s")
    assert seconds.matrix([86_400, 129_600.0]).ravel().tolist() == [1, 1.5]
    assert seconds.matrix(np.array(["1970-01-03"], "datetime64[us]")).ravel().tolist() == [2]
    digits = Feature("t", "number", is_date=True, written="yyyymmdd", fill=0.0)
    assert digits.matrix([19700103, np.nan]).ravel().tolist() == [2, 0]
    assert digits.matrix(["19700103"]).ravel().tolist() == [2]


def test_numbers_have_the_decimal_sign_of_training():
    price = Feature("price", "number", written="decimal comma")
    assert price.matrix(["85,5", "1.250", "1.250,5", "-3", 2.5]).ravel().tolist() == [85.5, 1250, 1250.5, -3, 2.5]
    with pytest.raises(TableError, match="Row 1 of column “price” is “85,5”"):
        Feature("price", "number").read(["85,5"])
    with pytest.raises(TableError, match="Row 2 of column “price” is “1_000”"):
        price.read(["1", "1_000"])


def test_codes_for_a_missing_value_are_missing_in_new_rows_too():
    age = Feature("age", "number", fill=40.0, codes=("-999", "99"))
    read = age.read([-999, 50, 99.0, "-999"])
    assert read.inputs.ravel().tolist() == [40, 50, 40, 40]
    assert read.missing.tolist() == [True, False, True, True]
    assert Feature("sex", "category", ("f", "m"), codes=("u",)).read(["u", "f"]).missing.tolist() == [True, False]


def test_rare_words_share_the_last_input_and_a_new_one_is_told_from_them():
    town = Feature("town", "category", ("Bonn", "Köln", "(other words)"), rare=("Aue", "Eich"))
    read = town.read(["Bonn", "Aue", "AUE", "Xanten"])
    assert read.inputs.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    assert read.unknown.tolist() == [False, False, False, True]


def test_an_encoding_goes_through_json_and_one_from_before_a_field_existed_is_read():
    encoding = Encoding("y", (Feature("d", "number", is_date=True, written="day first", codes=("-1",), fill=3.0),))
    values = json.loads(json.dumps(encoding.to_dict()))
    assert Encoding.from_dict(values) == encoding
    for name in ("written", "codes", "rare"):
        del values["features"][0][name]
    assert Encoding.from_dict(values).features[0].written == ""
    values["features"][0]["codes"] = ["word"]
    with pytest.raises(ValueError, match="no features"):
        Encoding.from_dict(values)


def test_a_frame_is_read_by_name_and_says_what_was_filled_in():
    encoding = Encoding("y", (Feature("a", "number", fill=1.0), Feature("b", "category", ("no", "yes"))))
    given = encoding.read(pd.DataFrame({"b": ["YES", "no"], "a": [np.nan, 2.0], "c": [0, 0]}))
    assert given.inputs.tolist() == [[1, 0, 1], [2, 1, 0]]
    assert given.replaced.tolist() == [[True, False], [False, False]]
    assert given.notes == ("Words of “b” were read as training had them: “YES” as “yes”.",)

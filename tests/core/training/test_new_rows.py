"""New rows of a table: as training read it, by name, with a warning where a value was filled in."""

import io

import numpy as np
import pandas as pd
import pytest

from core import Experiment, train
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.training.new_rows import as_shown, example_row, predict_rows, raw_columns

CODES = [f"{i:02d}" for i in range(1, 20)] + ["2A", "2B"]


def lines() -> str:
    rng = np.random.default_rng(3)
    rows = ["code,paid,day,size,y"]
    for i in range(420):
        code, paid, size = CODES[i % 21], ("False", "True")[i % 2], rng.uniform(0, 10)
        day = f"{1 + i % 28:02d}/{1 + i % 12:02d}/2024"
        size_cell = "" if i % 70 == 3 else f"{size:.2f}"
        rows.append(f"{code},{paid},{day},{size_cell},{10 * (i % 21) + size + (i % 2) + rng.normal():.3f}")
    return "\n".join(rows)


@pytest.fixture(scope="module")
def run():
    key = table_store().put(read_table(lines().encode(), "codes.csv"), "codes.csv")
    settings = {"data.csv": key, "data.missing": "median", "training.steps": 30, "training.batch_size": 64}
    return train(Experiment.from_settings(settings))


def test_codes_booleans_and_a_small_file_are_read_as_in_training(run):
    asked = {"code": ["01", "02", "10"], "paid": ["True"] * 3, "day": ["2024-02-03"] * 3, "size": [5.0] * 3}
    as_meant = predict_rows(run, asked)
    assert (as_meant["warning"] == "").all()
    assert as_meant.attrs["notes"] == ()
    # What pandas makes of such a file: codes as numbers, booleans.
    frame = pd.read_csv(
        io.StringIO("size,paid,code,day\n5,TRUE,01,2024-02-03\n5,TRUE,02,2024-02-03\n5,TRUE,10,2024-02-03")
    )
    found = predict_rows(run, frame)
    np.testing.assert_array_equal(found["mean"], as_meant["mean"])
    assert found.attrs["notes"] == ("Words of “code” were read as training had them: “1” as “01”, “2” as “02”.",)
    np.testing.assert_array_equal(run.predict(frame)["mean"], as_meant["mean"])
    assert run.predict(frame.astype({"paid": str}).assign(paid="true")).attrs["notes"] == (
        "Words of “code” were read as training had them: “1” as “01”, “2” as “02”.",
        "Words of “paid” were read as training had them: “true” as “True”.",
    )


def test_a_filled_row_is_marked_with_what_stands_for_the_value(run):
    fill = run.encoding.features[3].fill
    row = {**{name: [value] for name, value in example_row(run).items()}, "size": [None]}
    found = predict_rows(run, row)
    assert found["warning"][0] == f"size is missing, and {fill:g} is taken"
    assert np.isfinite(found["mean"][0])
    assert run.predict(pd.DataFrame(row))["warning"][0] == found["warning"][0]
    assert predict_rows(run, {**row, "size": [1.0]})["warning"][0] == ""


def test_dates_of_a_file_are_shown_as_dates(run):
    raw = raw_columns(read_table(b"code,paid,day,size\n2A,True,2024-02-03,1\n", "new.csv", fewest_rows=1), run.encoding)
    assert as_shown(raw)["day"].tolist() == ["2024-02-03"]
    assert predict_rows(run, raw)["warning"].tolist() == [""]

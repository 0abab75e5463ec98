"""A table of predictions from anywhere: read, or refused in one sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.tables.columns import TableError
from core.distributions.laws import gaussian
from core.evaluation.judged import Judged
from core.evaluation.predictions import EXAMPLE_TOO_NARROW, FAMILIES, FORM, example, predictions_of, read_predictions
from core.evaluation.scores import SCORES, estimates


def read(content: str | bytes, family: str = "gaussian"):
    return read_predictions(content if isinstance(content, bytes) else content.encode(), "mine.csv", family)


def test_columns_in_any_order_beside_others() -> None:
    found = read("\ufeffname,std,y, mean\r\na,2,1,0.5\r\nb,1e1,-3,0\r\n")
    np.testing.assert_array_equal(found.y, [1, -3])
    np.testing.assert_array_equal(found.judged.mean, [0.5, 0])
    np.testing.assert_array_equal(found.judged.std, [2, 10])
    assert found.x is None


@pytest.mark.parametrize(
    "content",
    [
        "y;mean;std\n1,5;0,5;2\n-3;0;10\n",
        "y\tmean\tstd\n1.5\t0.5\t2\n-3\t0\t10\n",
        "y,mean,std\n1.5,0.5,2\n-3,0,10\n".encode("utf-16"),
    ],
)
def test_the_csv_of_other_countries_and_programs(content: str | bytes) -> None:
    found = read(content)
    np.testing.assert_array_equal(found.y, [1.5, -3])
    np.testing.assert_array_equal(found.std, [2, 10])


def test_parquet(tmp_path: Path) -> None:
    pd.DataFrame({"y": [1, 2], "mean": [0.5, 1.5], "std": [1.0, None]}).to_parquet(tmp_path / "p.parquet")
    found = read_predictions(tmp_path / "p.parquet", "p.parquet")
    np.testing.assert_array_equal(found.mean, [0.5])
    assert found.notes == ("1 of 2 rows has no prediction and is left out. Everything below is of the other 1.",)


def test_one_row_has_scores() -> None:
    found = estimates(read("y,mean,std\n1,0,1\n").judged)
    assert found["nll"].value == pytest.approx(0.5 * np.log(2 * np.pi) + 0.5, abs=1e-12)
    assert found["rmse"].value == 1


def test_the_form_on_the_page_is_one_that_is_read() -> None:
    found = read(FORM)
    assert found.y.size == 2
    assert found.x is not None


def test_a_row_with_an_empty_cell_or_an_infinite_one_is_left_out_and_counted() -> None:
    for cell in ("", "nan", "inf"):
        found = read(f"y,mean,std\n1,0,1\n2,{cell},1\n")
        np.testing.assert_array_equal(found.y, [1])
        assert found.notes[-1].startswith("1 of 2 rows has no prediction and is left out")
    assert found.notes[0] == "Infinite values count as missing in “mean”."


@pytest.mark.parametrize(("name", "value"), [("std", "1e-61"), ("var", "1e-130"), ("log_variance", "-400")])
def test_a_std_too_small_to_be_squared_is_reported(name: str, value: str) -> None:
    found = read(f"y,mean,{name}\n1,0,{value}\n2,0,1\n")
    assert found.std[0] == 0
    assert found.notes == (f"Standard deviations below 1e-60 cannot be squared and count as 0 in “{name}”.",)
    assert "not above 0; the first is point 1" in SCORES["nll"].estimate(found.judged).reason
    assert read(f"y,mean,{name}\n1,0,1\n2,0,1\n").notes == ()


def test_a_std_of_0_is_not_reported_as_small() -> None:
    assert read("y,mean,std\n1,0,0\n2,0,1e-59\n").notes == ()


def test_a_column_of_empty_cells_leaves_a_reason() -> None:
    assert "the predicted mean" in SCORES["rmse"].estimate(read("y,mean,std\n1,,1\n2,,1\n").judged).reason


@pytest.mark.parametrize("name", ["variance", "var", "log_variance", "log_var"])
def test_a_variance_may_stand_in_place_of_a_std(name: str) -> None:
    value = 2 * float(np.log(3.0)) if name.startswith("log") else 9.0
    np.testing.assert_allclose(read(f"y,mean,{name}\n1,0,{value!r}\n").std, 3, rtol=1e-15)


def test_a_std_goes_before_a_variance() -> None:
    np.testing.assert_array_equal(read("y,mean,var,std\n1,0,9,2\n").std, [2])


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("std", "0", "is not above 0"),
        ("std", "-1", "is not above 0"),
        ("variance", "-4", "is not above 0"),
        ("log_variance", "5000", "is not a finite number"),
    ],
)
def test_an_invalid_spread_is_refused_by_its_scores(column: str, cell: str, words: str) -> None:
    found = estimates(read(f"y,mean,{column}\n1,0,1\n1,0,{cell}\n").judged, ["nll", "rmse", "mean_z2"])
    assert found["rmse"].value == 1
    assert words in found["nll"].reason
    assert words in found["mean_z2"].reason


def test_x_is_a_number_or_a_date() -> None:
    assert read("y,mean,std,x\n1,0,1,7\n").x == [7]
    dates = read("y,mean,std,x\n1,0,1,1970-01-03\n")
    assert dates.x == [2]
    assert dates.x_is_date


def test_numbers_that_cannot_be_squared_count_as_missing() -> None:
    found = read("y,mean,std,x\n1,1e200,1e-200,1e200\n1,0,1,1\n")
    assert np.isnan(found.mean[0])
    assert found.std[0] == 0
    assert found.x is None
    assert any("count as missing in “mean”" in note for note in found.notes)


@pytest.mark.parametrize("cells", [("7", ""), ("here", "there")])
def test_an_x_that_cannot_be_used_is_left_out_with_a_note(cells: tuple[str, str]) -> None:
    found = read(f"y,mean,std,x\n1,0,1,{cells[0]}\n1,0,1,{cells[1]}\n")
    assert found.x is None
    assert "along the predicted mean" in found.notes[-1]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_keeps_mean_and_std(family: str) -> None:
    found = read("y,mean,std\n1,0.5,2\n1,-1,3\n", family)
    np.testing.assert_allclose(found.judged.mean, [0.5, -1])
    np.testing.assert_allclose(found.judged.std, [2, 3], rtol=1e-15)
    np.testing.assert_allclose(found.at(np.array([1])).std, [3], rtol=1e-15)
    low, high = found.judged.interval(0.95)
    near = {"gaussian": 1.959964, "laplace": np.log(20) / np.sqrt(2)}[family]
    np.testing.assert_allclose((high - low) / 2, near * found.std, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("y,std\n1,2\n", "There is no “mean” among “y”, “std”"),
        ("a,b\n1,2\n", "there is no “y” among “a”, “b”"),
        ("y,mean,std\n", "0 rows"),
        ("", "mine.csv"),
        (b"\xff\xfe\x00y", "mine.csv"),
        ("y,mean,std\n1,2,3\n1,two,3\n", "Row 2 of column “mean” is “two”"),
        ("y,mean,std\n1,2,=HYPERLINK(1)\n", "Row 1 of column “std” is “=HYPERLINK(1)”"),
        ("y,mean,std\n2026-01-31,2,3\n", "“y” holds dates"),
        ('y,mean,std\n1,"2\n', "mine.csv"),
        ("y,mean,std\n1,2\n", "Row 1 of “mine.csv” has 2 cells"),
    ],
)
def test_a_table_without_predictions_is_refused(content: str | bytes, words: str) -> None:
    with pytest.raises(TableError) as refusal:
        read(content)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_text_in_very_many_rows_is_found() -> None:
    rows = [f"{i},{i}.5,1" for i in range(12_000)]
    rows[7_000] = "7000,oops,1"
    with pytest.raises(TableError, match="Row 7,001 of column “mean” is “oops”"):
        read("\n".join(["y,mean,std", *rows]))
    rows = [f"{i},{i if i < 11_000 else 'far'},1" for i in range(12_500)]
    with pytest.raises(TableError, match="Column “mean” holds text: numbers are needed"):
        read("\n".join(["y,mean,std", *rows]))


@pytest.mark.parametrize("path", ["no such file.csv", ".", "zero\0byte"])
def test_what_cannot_be_opened_is_refused(path: str) -> None:
    with pytest.raises(TableError):
        read_predictions(Path(path), path)


def test_the_same_table_gives_the_same_object() -> None:
    assert predictions_of(example()) is predictions_of(example())
    assert predictions_of(example(), "laplace") is not predictions_of(example())


def test_the_example_is_as_much_too_narrow_as_it_says() -> None:
    found = estimates(predictions_of(example()).judged, ["mean_z2"])["mean_z2"]
    assert found.value is not None
    assert found.std_error is not None
    assert abs(found.value - EXAMPLE_TOO_NARROW**2) < 3 * found.std_error


def test_rows_without_y_are_left_out_and_counted() -> None:
    found = read("y,mean,std,x\n1,0,1,5\n,0,1,6\n3,2,1,7\nnan,0,1,8\n")
    np.testing.assert_array_equal(found.y, [1, 3])
    np.testing.assert_array_equal(found.x, [5, 7])
    assert found.notes[-1] == "2 of 4 rows have no y and are left out. Everything below is of the other 2."
    assert all(
        estimate.value is not None for name, estimate in estimates(found.judged, ["rmse", "nll", "crps"]).items()
    )


def test_a_table_without_any_y_says_so() -> None:
    assert "y is not a finite number" in SCORES["rmse"].estimate(read("y,mean,std\n,1,1\n,1,1\n").judged).reason


def test_another_number_of_predictions_than_points_is_refused_in_one_sentence() -> None:
    for y in (np.zeros(4), np.zeros((3, 1)), np.zeros(())):
        with pytest.raises(ValueError, match=r"The prediction has the shape \(3,\) and y the shape"):
            Judged(gaussian(np.zeros(3), np.ones(3)), y)

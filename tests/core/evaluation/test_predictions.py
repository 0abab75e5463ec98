"""A stranger's file of predictions: read, or refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from core.evaluation.predictions import read_predictions
from core.evaluation.scores import SCORES
from core.settings import InvalidExperiment


def written(folder: Path, content: str | bytes) -> str:
    path = folder / "predictions.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_columns_in_any_order_beside_others(tmp_path: Path) -> None:
    found = read_predictions(written(tmp_path, "\ufeffname,std,y, mean\r\na,2,1,0.5\r\nb,1e1,-3,0\r\n"))
    np.testing.assert_array_equal(found.y, [1, -3])
    np.testing.assert_array_equal(found.mean, [0.5, 0])
    np.testing.assert_array_equal(found.std, [2, 10])


def test_an_empty_cell_and_an_infinite_one_leave_a_reason(tmp_path: Path) -> None:
    for cell in ("", "nan", "inf"):
        found = read_predictions(written(tmp_path, f"y,mean,std\n1,0,1\n2,{cell},1\n"))
        assert "the first is point 2" in SCORES["nll"].estimate(found).reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("y,mean\n1,2\n", "it lacks std"),
        ("y,mean,std\n", "1 to 1,000,000 rows"),
        ("", "a CSV file in UTF-8"),
        (b"\xff\xfe\x00y", "a CSV file in UTF-8"),
        ("y,mean,std\n1,2,3\n1,two,3\n", 'Row 2 of column mean cannot be "two"'),
        ("y,mean,std\n1,2,=HYPERLINK(1)\n", "Row 1 of column std"),
        ('y,mean,std\n1,"2\n', "a CSV file in UTF-8"),
        ("y;mean;std\n1;2;3\n", "it lacks y, mean, std"),
    ],
)
def test_what_is_no_table_of_predictions_is_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(InvalidExperiment) as refusal:
        read_predictions(written(tmp_path, content))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("path", ["no such file.csv", ".", "zero\0byte"])
def test_what_cannot_be_opened_is_refused(path: str) -> None:
    with pytest.raises(InvalidExperiment, match=r"a file that can be read|a CSV file"):
        read_predictions(path)

"""What the estimator is given, X and y, whichever library holds them, and that it predicts what it was fitted on."""

import narwhals
import numpy as np
import pandas as pd
import pyarrow
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning

from core import HeteroscopeRegressor

SMALL = {"steps": 40, "members": 2, "layers": (8,), "random_state": 0, "held_out": 0}
ROWS = 60


@pytest.fixture(scope="module")
def fitted():
    return HeteroscopeRegressor(**SMALL).fit(*points())


def test_what_it_was_fitted_on_it_predicts():
    """Words that are numbers or nothing in a file stay so in new rows, and in parts of the table."""
    frame = pd.DataFrame(points()[0], columns=["a", "b", "c"])
    frame["share"] = [f"{i} %" for i in range(ROWS)]
    frame["word"] = [("x", "?", "y")[i % 3] for i in range(ROWS)]
    with pytest.warns(UserWarning, match="Per cent signs were left out in “share”"):
        estimator = HeteroscopeRegressor(**SMALL).fit(frame, points()[1])
    with pytest.warns(UserWarning, match="Per cent signs were left out in “share”"):
        one = estimator.predict(frame[7:8])
    given = estimator.run_.input_encoding.read(frame)
    np.testing.assert_array_equal(given.inputs, estimator.run_.dataset.x)
    assert one == estimator.run_.predictive(given.inputs[7:8]).mean


def test_frames_of_other_libraries():
    x, y = points()
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(word=["x", "y"] * (ROWS // 2))
    expected = HeteroscopeRegressor(**SMALL).fit(frame, y)
    arrow = pyarrow.Table.from_pandas(frame)
    for other in (arrow, narwhals.from_native(arrow)):
        estimator = HeteroscopeRegressor(**SMALL).fit(other, pyarrow.array(y))
        assert list(estimator.feature_names_in_) == ["a", "b", "c", "word"]
        np.testing.assert_array_equal(estimator.predict(other), expected.predict(frame))
        with pytest.raises(ValueError, match="same order"):
            estimator.predict(other.select(["word", "c", "b", "a"]))


def test_arrays_of_other_libraries(fitted):
    x, y = points()
    tensor = torch.tensor(x)
    np.testing.assert_array_equal(fitted.predict(tensor), fitted.predict(x))
    np.testing.assert_array_equal(clone(fitted).fit(tensor, torch.tensor(y)).predict(x), fitted.predict(x))
    with pytest.raises(ValueError, match="X is a Tensor that NumPy cannot read"):
        fitted.predict(tensor.requires_grad_())
    gaps = np.where(x > 1.5, np.nan, x)
    masked = np.ma.array(x, mask=x > 1.5)
    np.testing.assert_array_equal(fitted.predict(masked), fitted.predict(gaps))
    with pytest.raises(ValueError, match="y contains NaN"):
        clone(fitted).fit(x, np.ma.array(y, mask=y > 1))


def test_columns_without_text_as_names_keep_their_order():
    x, y = points()
    for names in ([3, 1, 2], pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])):
        frame = pd.DataFrame(x, columns=names)
        estimator = HeteroscopeRegressor(**SMALL).fit(frame, y)
        np.testing.assert_array_equal(estimator.predict(frame), estimator.predict(x))
        with pytest.raises(ValueError, match=r"X has the columns .* in this order, as in fit"):
            estimator.predict(frame[frame.columns[::-1]])


def test_the_target_keeps_its_name():
    x, y = points()
    for given, name in ((pd.Series(y, name=2024), "2024"), (pd.Series(y, name="a\nb"), "a b"), (y, "y")):
        assert HeteroscopeRegressor(**SMALL).fit(x, given).experiment_.data.y == name
    with pytest.warns(DataConversionWarning):
        assert HeteroscopeRegressor(**SMALL).fit(x, pd.DataFrame({"name": y})).experiment_.data.y == "name"


def points():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(ROWS, 3))
    return x, x[:, 0] + np.exp(0.5 * x[:, 1]) * rng.normal(size=ROWS)

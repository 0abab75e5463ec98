"""The corrected rows as CSV and as Parquet hold the same numbers."""

import io

import numpy as np
import pandas as pd

from core.evaluation.predictions import read_predictions
from core.evaluation.recalibration_applied import applied
from core.export.recalibrated_table import recalibrated_file, recalibrated_table


def test_csv_and_parquet_hold_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=60), np.exp(rng.normal(size=60))
    table = pd.DataFrame({"y": mean + std * rng.normal(size=60), "mean": mean, "std": std})
    found = read_predictions(table.to_csv(index=False).encode(), "t.csv")
    fixed = applied("scale", found, found)
    as_csv = pd.read_csv(io.BytesIO(recalibrated_file(fixed, "a.csv")))
    as_parquet = pd.read_parquet(io.BytesIO(recalibrated_file(fixed, "a.PARQUET")))
    pd.testing.assert_frame_equal(as_csv, as_parquet, rtol=1e-12)
    pd.testing.assert_frame_equal(as_parquet, recalibrated_table(fixed))
    assert read_predictions(recalibrated_file(fixed, "a.csv"), "a.csv").words == "mean and std"  # it is read again

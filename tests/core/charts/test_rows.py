"""The rows of a chart on their way to the browser."""

import pandas as pd
import pyarrow as pa

from core.charts.rows import arrow_of, table_of


def test_the_browser_gets_the_rows_that_pandas_would_send() -> None:
    layers = [("one", {"x": [1.0, float("nan")], "text": ["a", None]}), ("other", {"x": 3.0})]
    frame = table_of(layers, ["x"], ["text"])
    assert arrow_of(frame).equals(pa.Table.from_pandas(frame).replace_schema_metadata(None))


def test_whole_numbers_and_truths_too() -> None:
    frame = pd.DataFrame({"n": [1, 2], "is": [True, False], "when": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    assert arrow_of(frame).equals(pa.Table.from_pandas(frame).replace_schema_metadata(None))

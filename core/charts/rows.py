"""The table of a chart, assembled from its layers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Layer = tuple[str, Mapping[str, Any]]  # its name, and its columns: arrays of one length, or single values


def table_of(layers: Sequence[Layer], numbers: Sequence[str], texts: Sequence[str] = ()) -> pd.DataFrame:
    """The rows of all layers, one after another: ``layer``, then ``numbers`` (float32) and ``texts``.

    A single value is repeated in every row of its layer. A number that is not given or not finite (as float32: up to
    3e38) is NaN, a gap; a text that is not given is None.
    """
    sizes = [max((np.size(values) for values in columns.values()), default=0) for _, columns in layers]

    def column(name: str, nothing: Any, kind: type) -> np.ndarray:
        parts: list[np.ndarray] = [
            np.broadcast_to(np.asarray(columns.get(name, nothing), dtype=kind), size)
            for (_, columns), size in zip(layers, sizes, strict=True)
        ]
        return np.concatenate([*parts, np.empty(0, dtype=kind)])

    def number(name: str) -> np.ndarray:
        with np.errstate(over="ignore"):
            values = column(name, np.nan, float).astype(np.float32)
        return np.where(np.isfinite(values), values, np.float32(np.nan))

    return pd.DataFrame(
        {"layer": np.repeat(np.array([name for name, _ in layers], dtype=object), sizes)}
        | {name: number(name) for name in numbers}
        | {name: column(name, None, object) for name in texts}
    )

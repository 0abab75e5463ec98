"""How long `HeteroscopeRegressor().fit` takes beside the laboratory's own fit of the same table; prints one table.

    python -m benchmarks.estimator [--rows 1000] [--features 8] [--times 5]

Both take the recipe for tables with 10 % held out, in turns. Each has targets of its own, so that no cache helps. The
laboratory reads the DataFrame with `table_experiment` and trains. The ratio of the medians must not exceed 1.2.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time

import numpy as np
import pandas as pd

from core import HeteroscopeRegressor, presets, table_experiment, train

MOST = 1.2


def main() -> int:
    """Print the table; the exit status is 1 where the estimator takes too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(options.rows, options.features))).add_prefix("x")
    y = x.sum(axis=1) + rng.normal(size=len(x)) * np.exp(0.3 * x["x0"])
    train(presets["quick"])  # loads and compiles
    took: dict[str, list[float]] = {"laboratory": [], "estimator": []}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HETEROSCOPE_TABLES"] = folder
        for seed in range(options.times):
            began = time.perf_counter()
            settings = {"data.held_out": 0.1, "data.seed": seed, "training.seed": seed}
            run = train(table_experiment(x.assign(y=y + seed), target="y", settings=settings))
            took["laboratory"].append(time.perf_counter() - began)
            began = time.perf_counter()
            HeteroscopeRegressor(random_state=seed).fit(x, y - seed)
            took["estimator"].append(time.perf_counter() - began)
    for name, seconds in took.items():
        least, most = min(seconds), max(seconds)
        print(f"{name:12} median {statistics.median(seconds):5.2f} s of {len(seconds)}, {least:.2f} to {most:.2f}")
    ratio = statistics.median(took["estimator"]) / statistics.median(took["laboratory"])
    print(f"ratio {ratio:.2f}, at most {MOST}; {run.experiment.training.steps:,} steps, {len(run.each)} members")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())

"""Five members of the quick run and of the default for a table: on one worker and on two; prints one table.

    python -m benchmarks.members [--times 7]

Each time is from the submission of a job to the end of its run, the median of several seeds, with both clusters started
and warm. Exit status 1 where two workers are less than 1.7 times as fast as one.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from core.experiment.experiment import Experiment
from core.experiment.presets import presets
from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.store import Store

MEMBERS, LEAST = 5, 1.7
EXPERIMENTS = {
    "quick run": presets["quick"],
    "table of 1,030 × 8": Experiment.from_settings(
        {
            "data.table": "concrete",
            "network.layers": [64, 64],
            "network.activation": "silu",
            "network.init": "torch",
            "training.batch_size": 64,
            "training.steps": 2000,
        }
    ),
}


def seconds(laboratory: Laboratory, experiment: Experiment, times: int) -> float:
    """The median time of a job, over seeds that nobody asked for before."""
    taken = []
    for seed in range(times + 1):
        each = experiment.with_settings({"training.members": MEMBERS, "training.seed": 1000 + seed})
        started = time.perf_counter()
        job = laboratory.start(each, "benchmark")
        if not job.wait(120) or job.run is None or job.run.status != "done":
            raise RuntimeError(f"the run did not end: {job.run}")
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])  # the first loads what a worker has not loaded yet


def main() -> int:
    """Print the table. Returns 1 where two workers are not worth it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=7)
    times, taken = parser.parse_args().times, dict[tuple[str, int], float]()
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            laboratory = Laboratory(Cluster(workers), Store(f"sqlite:///{Path(folder) / 'runs.sqlite3'}"))
            for name, experiment in EXPERIMENTS.items():
                taken[name, workers] = seconds(laboratory, experiment, times)
            laboratory.close()
    print(f"{MEMBERS} members of the {'':16} {'1 worker':>9} {'2 workers':>10} {'ratio':>6}")
    ratios = {name: taken[name, 1] / taken[name, 2] for name in EXPERIMENTS}
    for name, ratio in ratios.items():
        print(f"{name:30} {taken[name, 1]:8.3f}s {taken[name, 2]:9.3f}s {ratio:6.2f}")
    return 0 if min(ratios.values()) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())

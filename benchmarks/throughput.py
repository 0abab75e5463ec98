"""40 quick runs of different seeds on one worker process and on two: runs a second, each through Dask and back.

python -m benchmarks.throughput [--runs 40] [--rounds 3]
"""

import argparse
import itertools
import statistics
import time
import uuid

from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster
from core.training.run_bytes import from_bytes

_seeds = itertools.count(1)


def seconds_for(cluster: Cluster, runs: int) -> float:
    """Seconds from the first order to the last answer."""
    experiments = [Experiment.from_settings({"training.seed": next(_seeds)}) for _ in range(runs)]
    start = time.perf_counter()
    futures = [cluster.submit(e.to_json(), uuid.uuid4().hex, priority=10.0) for e in experiments]
    answers = [from_bytes(future.result()) for future in futures if future is not None]
    assert len(answers) == runs
    seconds = time.perf_counter() - start
    assert all(run.status == "done" for run in answers)
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    clusters = {workers: Cluster(workers) for workers in (1, 2)}
    for cluster in clusters.values():
        seconds_for(cluster, 4)
    taken: dict[int, list[float]] = {workers: [] for workers in clusters}
    for _ in range(options.rounds):
        for workers, cluster in clusters.items():
            taken[workers].append(seconds_for(cluster, options.runs))
    print(f"{options.runs} quick runs of different seeds: median of {options.rounds} rounds taken in turn")
    for workers, seconds in taken.items():
        print(f"{workers} worker{'s' * (workers > 1)}: {options.runs / statistics.median(seconds):6.1f} runs a second")
    print(f"two are {statistics.median(one / two for one, two in zip(taken[1], taken[2], strict=True)):.2f} times one")
    for cluster in clusters.values():
        cluster.close()


if __name__ == "__main__":
    main()

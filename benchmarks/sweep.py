"""A sweep of quick runs on two workers against the same runs trained directly; and how many workers a scheduler feeds.

python -m benchmarks.sweep [--runs 2000] [--blocks 10] [--workers 2] [--part speed|many] [--fleets 50 100]

The runs trained directly stand for the raw speed: as many processes as workers train them and score them, nothing else.
Both ways take blocks of the runs by turns, so that other load on the machine meets both. In the second part the workers
sleep as long as a quick run takes. Scheduler, workers and sweep are processes of their own.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

from core.experiment.experiment import Experiment
from core.sweeps import conductor
from core.sweeps.chunk import scores_of
from core.sweeps.conductor import Conductor
from core.sweeps.results import Results
from core.sweeps.sweep import MOST_RUNS, Sweep

QUICK_RUN_S = 0.08
LOSSES = ("gaussian_nll", "beta_nll", "faithful", "gaussian_crps", "squared_error")
SCALES = (0.1, 0.2, 0.3, 0.4)
FLEETS = (1, 2, 5, 10, 25, 50, 100, 200, 400)
LASTS_S = 8.0  # of each measurement with many workers, if they all were busy
MOST_ONE_BY_ONE = 2_000  # runs sent run by run: they show its limit soon
_LOW = 10  # the priority of a sweep's runs: those that are trained directly have it too


def of_runs(runs: int, block: int = 0) -> Sweep:
    """So many runs of the quick preset, with five losses, four σ and many seeds; blocks share no run."""
    grid = {"loss.name": LOSSES, "noise.scale": SCALES}
    seeds = max(1, runs // (len(LOSSES) * len(SCALES)))
    return Sweep(Experiment(), grid, seeds=tuple(range(block * seeds, (block + 1) * seeds)))


@dataclass
class Taken:
    """What some runs took: seconds, and seconds of processors in all processes."""

    seconds: float = 0.0
    processor_s: float = 0.0

    def add(self, seconds: float, processor_s: float) -> None:
        """Add a block of runs."""
        self.seconds += seconds
        self.processor_s += processor_s


class Direct:
    """Processes that train and score the runs they are sent, and nothing else."""

    def __init__(self, processes: int):
        context = multiprocessing.get_context("spawn")
        pairs = [context.Pipe() for _ in range(processes)]
        self._pipes = [here for here, _ in pairs]
        self._processes = [context.Process(target=_trains, args=(there,), daemon=True) for _, there in pairs]
        for process in self._processes:
            process.start()
        for pipe in self._pipes:
            pipe.recv()

    def take(self, sweep: Sweep, taken: Taken) -> None:
        """Train all runs of a sweep."""
        texts = [sweep.experiment(number).to_json() for number in range(sweep.runs)]
        begun = time.perf_counter()
        for place, pipe in enumerate(self._pipes):
            pipe.send(texts[place :: len(self._pipes)])
        processor_s = sum(pipe.recv() for pipe in self._pipes)
        taken.add(time.perf_counter() - begun, processor_s)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.terminate()


def _trains(pipe: Any) -> None:
    from core.training.loop import train

    os.setpriority(os.PRIO_PROCESS, 0, _LOW)
    for name in LOSSES:  # loads the code of each
        train(Experiment.from_settings({"loss.name": name, "training.steps": 1}))
    pipe.send(0.0)
    while True:
        texts = pipe.recv()
        begun = time.process_time()
        for text in texts:
            scores_of(train(Experiment.from_json(text)))
        pipe.send(time.process_time() - begun)


def take_as_sweep(cluster: Any, sweep: Sweep, path: Path, taken: Taken) -> None:
    """Train a sweep on the workers, from its first task to its last row on the disk."""

    def processor_s() -> float:
        return time.process_time() + sum(cluster.client.run(time.process_time).values())

    results, before, begun = Results(path, sweep), processor_s(), time.perf_counter()
    assert Conductor(sweep, cluster, results).run(lambda: False)
    taken.add(time.perf_counter() - begun, processor_s() - before)
    rows = results.rows()
    assert [row.number for row in rows] == list(range(sweep.runs))
    assert {row.status for row in rows} == {"done"}


def speed_part(runs: int, blocks: int, workers: int, folder: Path) -> None:
    """Print the raw speed, that of the sweep, and their ratio."""
    from core.runs.cluster import Cluster

    cluster, direct = Cluster(workers), Direct(workers)
    warm = Sweep(Experiment(), {"loss.name": LOSSES}, seeds=tuple(range(100_000, 100_000 + 2 * workers)))
    take_as_sweep(cluster, warm, folder / "warm.sqlite", Taken())
    direct.take(warm, Taken())
    raw, swept, done = Taken(), Taken(), 0
    for block in range(blocks):
        sweep = of_runs(runs // blocks, block)
        direct.take(sweep, raw)
        take_as_sweep(cluster, sweep, folder / f"{block}.sqlite", swept)
        done += sweep.runs
        so_far = raw.seconds / swept.seconds, raw.processor_s / swept.processor_s
        print(f"{done:,} runs: ratio {so_far[0]:.3f}, of processors {so_far[1]:.3f}", file=sys.stderr, flush=True)
    direct.close()
    cluster.close()
    print(f"{done:,} quick runs on {workers} workers, in {blocks} blocks by turns")
    print(f"{'':18} {'runs a second':>14} {'processor seconds a run':>24}")
    for name, taken in (("trained directly", raw), ("as a sweep", swept)):
        print(f"{name:18} {done / taken.seconds:>14.1f} {taken.processor_s / done:>24.4f}")
    ratios = raw.seconds / swept.seconds, raw.processor_s / swept.processor_s
    print(f"{'ratio':18} {ratios[0]:>14.3f} {ratios[1]:>24.3f}")


def sleep_chunk(chunk_json: str, job: str) -> list[list[Any]]:
    """Stands for `train_chunk`: it takes the time of quick runs and no processor."""
    runs = json.loads(chunk_json)["runs"]
    time.sleep(QUICK_RUN_S * len(runs))
    return [[number, "0" * 16, "done", "", QUICK_RUN_S, 500, 0.1, 0.1, 0.1, 0.95, 0.01] for number, _ in runs]


def many_part(fleets: list[int], folder: Path) -> None:
    """Print the speed of a sweep on fleets of workers that sleep, in chunks as they are, and run by run."""
    print("Workers that sleep as long as a quick run takes: runs a second, the share of what they could do, and")
    print("milliseconds of a processor for each run, of the scheduler and of the sweep")
    print(f"{'':18} {'in chunks':^34} {'run by run':^34}")
    print(f"{'workers':>8} {'possible':>9}" + 2 * f" {'runs/s':>8} {'share':>6} {'scheduler':>10} {'sweep':>7}")
    for workers in fleets:
        possible = workers / QUICK_RUN_S
        with fleet(workers) as cluster:
            ways = [_fleet_speed(cluster, workers, folder, one_by_one) for one_by_one in (False, True)]
        cells = "".join(f" {way[0]:>8,.0f} {way[0] / possible:>6.0%} {way[1]:>10.2f} {way[2]:>7.2f}" for way in ways)
        print(f"{workers:>8} {possible:>9,.0f}{cells}", flush=True)


def _fleet_speed(cluster: Any, workers: int, folder: Path, one_by_one: bool) -> tuple[float, float, float]:
    """Runs a second, and milliseconds of a processor for each run, of the scheduler and of this process."""
    most_runs = MOST_ONE_BY_ONE if one_by_one else MOST_RUNS
    sweep = of_runs(max(20, min(most_runs, int(LASTS_S * workers / QUICK_RUN_S))))
    path, most = folder / f"{workers}-{one_by_one}.sqlite", conductor.MOST_IN_CHUNK
    conductor.MOST_IN_CHUNK = 1 if one_by_one else most
    try:
        training = Conductor(sweep, cluster, Results(path, sweep), work=sleep_chunk)
        scheduler, own, begun = sum(cluster.scheduler.cpu_times()[:2]), time.process_time(), time.perf_counter()
        assert training.run(lambda: False)
        seconds = time.perf_counter() - begun
        scheduler, own = sum(cluster.scheduler.cpu_times()[:2]) - scheduler, time.process_time() - own
        return sweep.runs / seconds, 1000 * scheduler / sweep.runs, 1000 * own / sweep.runs
    finally:
        conductor.MOST_IN_CHUNK = most


@contextmanager
def fleet(workers: int) -> Iterator[Any]:
    """A scheduler in a process, so many workers in another one, and what a conductor needs of them."""
    from distributed import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    options = ("--host", "127.0.0.1", "--port", f"{port}", "--no-dashboard")
    commands = [("distributed.cli.dask_scheduler", *options), ("benchmarks.sweep", "--fleet", f"{workers}", address)]
    quiet = subprocess.DEVNULL
    started = [subprocess.Popen([sys.executable, "-m", *command], stdout=quiet, stderr=quiet) for command in commands]
    try:
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)
            yield SimpleNamespace(
                client=client,
                known_workers=workers,
                trouble="",
                is_joined=True,
                stop=lambda job: None,
                scheduler=psutil.Process(started[0].pid),
            )
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


async def _fleet(workers: int, address: str) -> None:
    """So many workers of one thread each, in this process, until it is killed."""
    from distributed import Worker

    await asyncio.gather(*(Worker(address, nthreads=1, dashboard=False, memory_limit=0) for _ in range(workers)))
    await asyncio.Event().wait()


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fleets", type=int, nargs="+", default=[*FLEETS], help="numbers of workers that sleep")
    parser.add_argument("--part", choices=("speed", "many"))
    parser.add_argument("--fleet", nargs=2, metavar=("WORKERS", "ADDRESS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fleet:
        asyncio.run(_fleet(int(options.fleet[0]), options.fleet[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.part != "many":
            speed_part(options.runs, options.blocks, options.workers, Path(folder))
        if options.part != "speed":
            many_part(options.fleets, Path(folder))


if __name__ == "__main__":
    main()

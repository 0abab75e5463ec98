"""Whether a laboratory works: its store, its workers, and a training; and what it has done, in numbers.

A probe trains one step of a small network, as a visitor's run would: nothing less shows that runs come back. Probes are
cheap and rare, so that whoever asks often costs nothing.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from distributed.client import FutureCancelledError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..experiment.experiment import Experiment
from ..training.run_bytes import from_bytes
from .job import failure_words
from .laboratory import Laboratory

PROBE_S = 10.0  # a training of one step that takes longer has not come back
EVERY_S = 15.0  # a report so old is made again
_PROBE = Experiment.from_settings({"data.n": 100, "training.steps": 1, "training.device": "cpu"})


@dataclass(frozen=True)
class Report:
    """What each part says: "ok", or one sentence; and how long the training took, in seconds."""

    store: str
    workers: str
    training: str
    seconds: float

    @property
    def is_well(self) -> bool:
        """Whether every part works."""
        return {self.store, self.workers, self.training} == {"ok"}

    @property
    def is_ready(self) -> bool:
        """Whether visitors can be served. Without a store they can: runs wait for it."""
        return self.workers == "ok"


class Health:
    """Reports on a laboratory, each at most EVERY_S old."""

    def __init__(self, laboratory: Laboratory):
        self._laboratory = laboratory
        self._lock = threading.Lock()
        self._last: tuple[float, Report] | None = None

    def ready(self) -> Report:
        """Whether store and workers are there, without a training."""
        lab = self._laboratory
        joined = lab.cluster.is_joined
        workers = "ok" if joined and lab.cluster.known_workers else "none" if joined else "the scheduler is away"
        return Report(lab.store.state, workers, "not tried", 0.0)

    def report(self) -> Report:
        """The same with a training, which may take PROBE_S where it does not come back."""
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > EVERY_S:
                self._last = time.monotonic(), self._probed()
            return self._last[1]

    def _probed(self) -> Report:
        ready, began = self.ready(), time.monotonic()
        training = probe(self._laboratory, _PROBE, PROBE_S) if ready.is_ready else ready.training
        return Report(ready.store, ready.workers, training, time.monotonic() - began)


class _Numbers(Collector):
    """What is measured, read from the laboratory whenever somebody asks."""

    def __init__(self, laboratory: Laboratory):
        self._laboratory = laboratory

    def collect(self) -> Iterator[Metric]:
        """All numbers."""
        lab = self._laboratory
        begun, waiting = lab.queue()
        yield _gauge("jobs_running", "Trainings that run now.", begun)
        yield _gauge("jobs_waiting", "Trainings that wait for a worker.", waiting)
        yield _gauge("workers", "Worker processes.", lab.cluster.known_workers if lab.cluster.is_joined else 0)
        yield _gauge("store_reachable", "1 while kept runs can be looked up.", lab.store.is_reachable)
        yield _gauge("store_writable", "1 while runs are written.", lab.store.state == "ok")
        yield _gauge("store_waiting_runs", "Runs that are not written yet.", lab.store.waiting)
        yield _gauge("remembered_bytes", "Size of the runs kept in memory.", lab.remembered_bytes)
        ended = CounterMetricFamily("heteroscope_runs", "Trainings that have ended.", labels=["status"])
        for status, count in lab.ended_runs().items():
            ended.add_metric([status], count)
        yield ended
        lost = CounterMetricFamily("heteroscope_store_lost_runs", "Runs that could not be kept.")
        lost.add_metric([], lab.store.lost)
        yield lost


def _gauge(name: str, meaning: str, value: float) -> Metric:
    found = GaugeMetricFamily(f"heteroscope_{name}", meaning)
    found.add_metric([], float(value))
    return found


def probe(lab: Laboratory, experiment: Experiment, within_s: float) -> str:
    """Train this on a worker, of which nothing is kept or counted: "ok", or what went wrong.

    If all workers are busy it does not come back in time: what they send of their runs then shows that they work.
    """
    began = time.monotonic()
    future = lab.cluster.submit(experiment.to_json(), f"probe-{uuid.uuid4().hex}", priority=20.0)
    if future is None:
        return "the scheduler is away"
    try:
        if (error := future.exception(timeout=within_s)) is not None:
            return failure_words(error)
        status = from_bytes(future.result()).status
    except (TimeoutError, FutureCancelledError):
        future.cancel()
        if lab.heard > began:
            return "ok"
        return f"no training came back within {within_s:g} s"
    except ValueError:
        return "a worker answered in another version's format"
    return "ok" if status == "done" else f"a small training ended as {status}"


def numbers(laboratory: Laboratory) -> bytes:
    """The numbers of a laboratory in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Numbers(laboratory))
    return generate_latest(registry)

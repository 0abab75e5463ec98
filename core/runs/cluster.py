"""Worker processes for training, on Dask: an embedded local cluster, or the scheduler that the environment names.

The embedded cluster has one single-threaded worker per core, but at least two, so that a long run does not block
everyone; HETEROSCOPE_WORKERS says otherwise. All sessions share it, and it ends with the program.
DASK_SCHEDULER_ADDRESS (Dask's own variable) names another scheduler; its workers must be able to import `core`. If that
scheduler goes away it is joined again once it is back: `trouble` says what is missing meanwhile.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import dask
from distributed import Client, Future, LocalCluster
from distributed.client import ClosedClientError

from .. import log
from ..host import count
from . import forkserver, small_host
from .worker import TOPIC, Warm, stop_job, train_job

CONNECT_S = 10
_WATCH_S = 1.0  # between two looks at a scheduler elsewhere
_WORKERS = "all"  # Dask's topic of workers that come and go
_CLOSES_S = 3  # at most, to take leave of the workers
_AGAIN_S, _JOIN_S = 0.5, 3  # a pause before it is joined again, and how long it may take to answer then
_AWAY = (OSError, TimeoutError, ClosedClientError, RuntimeError)  # what Dask raises where nobody answers


class ClusterError(Exception):
    """There are no workers; the message says what to do."""


class Cluster:
    """Starts or joins a cluster. Raises ClusterError if the named scheduler does not answer."""

    def __init__(self, workers: int | None = None):
        self.address = dask.config.get("scheduler-address", None)
        self._local: LocalCluster | None = None
        self._cores = 1  # that a job may take: of a worker elsewhere one
        if self.address is None:
            self._cores = workers or count("workers") or max(2, available_cores())
            self._local = _in_server(self._cores) if small_host.is_small() else _local_cluster(self._cores)
        self.trouble = ""
        self.known_workers = 0  # at the last look
        self._handler: Callable[[dict[str, Any]], None] | None = None
        self._look_again: Callable[[], None] = lambda: None
        self._closing = threading.Event()
        self.client = self._joined(CONNECT_S)
        if self._local is None:
            threading.Thread(target=self._watch, name="scheduler", daemon=True).start()

    @property
    def workers(self) -> int:
        """How many workers there are now, as the scheduler says. Not to be asked in a thread of the client."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    @property
    def is_joined(self) -> bool:
        """Whether the scheduler takes jobs."""
        return self.client.status == "running" and not self._is_away

    def on_frame(self, handler: Callable[[dict[str, Any]], None]) -> None:
        """Call `handler(message)` for each frame of any job, in the thread of the client."""
        self._handler = handler
        self._subscribe(self.client)

    def on_look(self, look_again: Callable[[], None]) -> None:
        """Call `look_again()` after each look at a scheduler elsewhere: jobs that were lost may be submitted again."""
        self._look_again = look_again

    def submit(self, experiment_json: str, job: str, *, priority: float) -> Future | None:
        """Train on some worker; of the jobs that wait, that of the highest priority is next. The result is bytes.

        Several members take as many cores as there are workers here: each worker stands for a core. Of a worker
        elsewhere they take one. Two servers that submit the same job to one scheduler share its training. It asks the
        scheduler nothing: the thread that would answer may wait for the caller. None if the scheduler is away just now.
        """
        if not self.is_joined:
            return None
        try:
            return self.client.submit(
                train_job, experiment_json, job, self._cores, key=_key(job), pure=False, priority=priority
            )
        except ClosedClientError:
            return None

    def is_shared(self, job: str) -> bool:
        """Whether another server wants the run of this job too."""
        if self._local is not None or not self.is_joined:
            return False
        with suppress(*_AWAY):
            return bool(self.client.run_on_scheduler(_wanted_by_others, _key(job), self.client.id))
        return False

    def stop(self, job: str, why: str = "") -> None:
        """Tell every worker to end a job; returns within some milliseconds. `why` goes into the message of its run."""
        if self.is_joined:
            with suppress(*_AWAY):  # what it ran is lost with the scheduler
                self.client.run(stop_job, job, why, on_error="ignore")

    def _joined(self, within_s: float) -> Client:
        """A client of the scheduler whose workers can train. Raises ClusterError."""
        try:
            client = Client(self._local or self.address, timeout=within_s, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"No Dask scheduler answers at {self.address} within {within_s:g} s; "
                "start it, or unset DASK_SCHEDULER_ADDRESS to train on this machine."
            ) from error
        try:
            client.register_plugin(Warm())
            info = client.scheduler_info(n_workers=-1)
        except Exception as error:  # whatever a worker raises that cannot load it
            client.close(timeout=1)
            raise ClusterError(
                f"The workers of the Dask scheduler at {self.address} cannot load Heteroscope ({_named(error)}). Start "
                "them where `import core` works, with the version that runs here."
            ) from error
        self._scheduler, self._is_away = info["id"], False
        # Workers started here may still be on their way, and one that dies is replaced.
        self.known_workers = len(info["workers"]) if self._local is None else self._cores
        self._subscribe(client)
        return client

    def _subscribe(self, client: Client) -> None:
        if (handler := self._handler) is not None:
            client.subscribe_topic(TOPIC, lambda event: handler(event[1]))
        client.subscribe_topic(_WORKERS, self._noticed)

    def _noticed(self, event: tuple[float, Any]) -> None:
        """Log the workers that go away unexpectedly: the scheduler tells of each."""
        told = event[1] if isinstance(event[1], dict) else {}
        if told.get("action") == "remove-worker" and not told.get("expected") and not self._closing.is_set():
            log.event("worker lost", count=len(told.get("processing-tasks", ())))

    def _watch(self) -> None:
        """Join a scheduler elsewhere again whenever it is another one, or does not answer."""
        while not self._closing.wait(_WATCH_S):
            if not self._stands():
                self._join_again()
            if not self._closing.is_set():
                self._look_again()

    def _stands(self) -> bool:
        try:
            if self.client.status != "running":
                return False
            info = self.client.scheduler_info(n_workers=-1)
        except _AWAY:
            return False
        self.known_workers = len(info["workers"])
        self.trouble = "" if self.known_workers else f"No worker has joined the Dask scheduler at {self.address} yet"
        return info["id"] == self._scheduler

    def _join_again(self) -> None:
        self._is_away = True
        self.trouble = f"The Dask scheduler at {self.address} is away: this run starts again once it is back"
        with suppress(*_AWAY):
            self.client.close(timeout=1)
        while not self._closing.wait(_AGAIN_S):
            self._look_again()
            try:
                self.client = self._joined(_JOIN_S)
            except ClusterError as error:
                if isinstance(error.__cause__, _AWAY):
                    continue
                self.trouble = str(error)
            else:
                self.trouble = ""
                return

    def close(self) -> None:
        """End the workers that were started here."""
        self._closing.set()
        with suppress(*_AWAY, ValueError):  # else the scheduler would go on to tell a client that has gone
            self.client.unsubscribe_topic(_WORKERS)
        with suppress(*_AWAY):
            self.client.close(timeout=_CLOSES_S)
        if self._local is not None:
            with suppress(*_AWAY):  # a worker that compiles does not answer: it ends with this process
                self._local.close(timeout=_CLOSES_S)


def _local_cluster(workers: int) -> LocalCluster:
    forkserver.start()
    dask.config.set(
        {
            "distributed.worker.multiprocessing-method": forkserver.METHOD,
            # The profiler looks into a worker 100 times a second and would take the interpreter from the training.
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "1s",
        }
    )
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",  # pages of the scheduler: any free port, only on this machine
        host="127.0.0.1",
        memory_limit=count("worker_memory"),  # 0: none, for the experiment bounds the size of a run
        silence_logs="ERROR",
        preload=[forkserver.UNDISTURBED],
    )


def _in_server(workers: int) -> LocalCluster:
    """Workers that are threads of this process: the compiled stepper holds no lock of the interpreter."""
    small_host.bound_memory()
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        dashboard_address="127.0.0.1:0",
        memory_limit=0,  # Dask would see the whole server in each
        silence_logs="ERROR",
    )


def _key(job: str) -> str:
    """The name of a job's task: the same for all who submit it."""
    return f"train-{job}"


def _wanted_by_others(key: str, client: str, dask_scheduler: Any) -> bool:
    """Run by the scheduler, which may lack this code."""
    task = dask_scheduler.tasks.get(key)
    return task is not None and any(each.client_key != client for each in task.who_wants or ())


_wanted_by_others.__module__ = "__main__"  # sent as it is, not by its name


def _named(error: BaseException) -> str:
    """An error in a few words."""
    lines = str(error).splitlines()
    return lines[0][:120] if lines else type(error).__name__


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Worker processes for training, on Dask: an embedded local cluster, or the scheduler that the environment names.

The embedded cluster has one single-threaded worker per core, but at least two, so that a long run does not block
everyone. All sessions share it, and it ends with the program. DASK_SCHEDULER_ADDRESS (Dask's own variable) names
another scheduler; its workers must be able to import `core`.
"""

import os
from collections.abc import Callable
from typing import Any

import dask
from distributed import Client, Future, LocalCluster

from core.runs import forkserver
from core.runs.worker import TOPIC, Warm, stop_job, train_job

CONNECT_S = 10


class ClusterError(Exception):
    """There are no workers; the message says what to do."""


class Cluster:
    """Starts or joins a cluster. Raises ClusterError if the named scheduler does not answer."""

    def __init__(self, workers: int | None = None):
        self.address = dask.config.get("scheduler-address", None)
        self._local: LocalCluster | None = None
        self._cores = 1  # that a job may take: of a worker elsewhere one
        if self.address is None:
            self._cores = workers or max(2, available_cores())
            self._local = _local_cluster(self._cores)
        try:
            self.client = Client(self._local or self.address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"No Dask scheduler answers at {self.address} within {CONNECT_S} s; "
                "start it, or unset DASK_SCHEDULER_ADDRESS to train on this machine."
            ) from error
        self.client.register_plugin(Warm())

    @property
    def workers(self) -> int:
        """How many workers there are now."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def on_frame(self, handler: Callable[[dict[str, Any]], None]) -> None:
        """Call `handler(message)` for each frame of any job, in the thread of the client."""
        self.client.subscribe_topic(TOPIC, lambda event: handler(event[1]))

    def submit(self, experiment_json: str, job: str, *, urgent: bool) -> Future:
        """Train on some worker; an urgent job overtakes those that wait. The result is a run as bytes.

        Several members take as many cores as there are workers here: each worker stands for a core. Of a worker
        elsewhere they take one. It asks the scheduler nothing: the thread that would answer may wait for the caller.
        """
        return self.client.submit(
            train_job, experiment_json, job, self._cores, key=f"train-{job}", pure=False, priority=10 if urgent else 0
        )

    def stop(self, job: str) -> None:
        """Tell every worker to end a job; returns within some milliseconds."""
        self.client.run(stop_job, job, on_error="ignore")

    def close(self) -> None:
        """End the workers that were started here."""
        self.client.close()
        if self._local is not None:
            self._local.close()


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
        memory_limit=0,  # workers are not paused or killed: the experiment bounds the size of a run
        silence_logs="ERROR",
    )


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Workers on several machines by SSH: python deploy/ssh_cluster.py HOST HOST … [--workers 4] [--folder …] [--python …].

The first host gets the scheduler too. Each has this code in the same folder and the same packages, and lets you in by a
key. It prints what the app needs and runs until Ctrl-C, which ends the workers.
"""

import argparse
import shlex
import signal
import sys
import threading

import dask
from dask.distributed import SSHCluster


def main() -> int:
    """Start, say where, and wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hosts", nargs="+")
    parser.add_argument("--workers", type=int, default=1, help="on each machine: its cores")
    parser.add_argument("--folder", default=sys.path[0].removesuffix("/deploy"), help="of this code, on each machine")
    parser.add_argument("--python", default=sys.executable, help="on each machine")
    parser.add_argument("--port", type=int, default=8786, help="of the scheduler")
    parser.add_argument("--ssh-port", type=int, default=22)
    parser.add_argument("--memory", default="1GB", help="of one worker")
    options = parser.parse_args()
    dask.config.set({"distributed.worker.profile.enabled": False})
    cluster = SSHCluster(
        [options.hosts[0], *options.hosts],
        connect_options={"port": options.ssh_port},
        # The workers import `core` from the folder.
        remote_python=f"env PYTHONPATH={shlex.quote(options.folder)} OMP_NUM_THREADS=1 {shlex.quote(options.python)}",
        scheduler_options={"port": options.port, "dashboard_address": "127.0.0.1:0"},
        worker_options={"nthreads": 1, "n_workers": options.workers, "memory_limit": options.memory},
    )
    with cluster:
        print(f"DASK_SCHEDULER_ADDRESS={cluster.scheduler_address} streamlit run app.py", flush=True)
        ends = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: ends.set())
        ends.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Workers as jobs of Slurm: python deploy/slurm_cluster.py --jobs 10 [--cores 4] [--queue …] [--time …] [--script].

Needs `pip install dask-jobqueue`, which the app itself does not. It runs where `sbatch` works and where the app can
reach it, prints what the app needs, and runs until Ctrl-C, which ends the jobs. --script shows the job and ends.
"""

import argparse
import signal
import sys
import threading

from dask_jobqueue import SLURMCluster


def main() -> int:
    """Start, say where, and wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cores", type=int, default=1, help="of a job: so many workers")
    parser.add_argument("--memory", default="1GB", help="of one worker, as 1GB or 2GB")
    parser.add_argument("--queue", default=None)
    parser.add_argument("--account", default=None)
    parser.add_argument("--time", default="08:00:00")
    parser.add_argument("--interface", default=None, help="of the network that the nodes share, as ib0")
    parser.add_argument("--folder", default=sys.path[0].removesuffix("/deploy"), help="of this code, on each node")
    parser.add_argument("--port", type=int, default=8786, help="of the scheduler")
    parser.add_argument("--script", action="store_true")
    options = parser.parse_args()
    size = float(options.memory.upper().removesuffix("GB"))
    cluster = SLURMCluster(
        cores=options.cores,
        processes=options.cores,  # one thread in each
        memory=f"{size * options.cores:g}GB",
        queue=options.queue,
        account=options.account,
        walltime=options.time,
        interface=options.interface,
        job_script_prologue=[f"cd {options.folder}", f"export PYTHONPATH={options.folder}", "export OMP_NUM_THREADS=1"],
        scheduler_options={"port": options.port, "dashboard_address": "127.0.0.1:0"},
    )
    with cluster:
        if options.script:
            print(cluster.job_script())
            return 0
        cluster.scale(jobs=options.jobs)
        print(f"DASK_SCHEDULER_ADDRESS={cluster.scheduler_address} streamlit run app.py", flush=True)
        ends = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: ends.set())
        ends.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

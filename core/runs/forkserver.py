"""Worker processes that start at once: on Linux they are forked from a process that has the laboratory loaded already.

Loading Numba, scipy and Dask takes 1.5 s of a core. Spawned workers would each do it for themselves, while the app
loads too; the fork server does it once, begun before anything else of the app, and a worker that replaces a killed
one needs no loading at all. Torch is not among it: only the plain stepper needs it, and loads it when it is asked for.
"""

import multiprocessing
import os
import sys
from multiprocessing import forkserver

METHOD = "forkserver" if sys.platform == "linux" else "spawn"  # macOS: its own libraries do not survive a fork
# Two threads on products this small cost up to a hundred times the product; and a fork keeps no other thread alive.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def start() -> None:
    """Begin loading, without waiting for it. Called again, it does nothing."""
    if METHOD != "forkserver":
        return
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    multiprocessing.set_forkserver_preload(["core.runs.preloaded"])
    forkserver.ensure_running()

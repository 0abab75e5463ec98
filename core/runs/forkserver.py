"""Worker processes that start at once: on Linux they are forked from a process that has already loaded the laboratory.

Loading Numba, scipy and Dask takes 1.5 s of a core. Spawned workers would each do it, while the app loads too. The fork
server does it once, before anything else in the app, and a worker that replaces a killed one loads nothing. Torch is
left out: only the plain stepper needs it, and loads it on demand.
"""

import multiprocessing
import os
import sys
from multiprocessing import forkserver

from .small_host import is_small

METHOD = "forkserver" if sys.platform == "linux" else "spawn"  # on macOS the system libraries do not survive a fork
# Two threads on such small products cost up to 100 times the product; and other threads do not survive a fork.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_CORE = (__package__ or "").rpartition(".")[0]  # core, or its name in an installed package
UNDISTURBED = f"{_CORE}.runs.undisturbed"  # what makes a process leave its end to the server
_LOADED = [UNDISTURBED, "distributed.nanny", "distributed.worker", f"{_CORE}.runs.worker", f"{_CORE}.training.loop"]


def start() -> None:
    """Start the fork server without waiting until it has loaded. A second call does nothing."""
    if METHOD != "forkserver" or is_small():
        return
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    multiprocessing.set_forkserver_preload(_LOADED)
    forkserver.ensure_running()

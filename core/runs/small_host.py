"""A host with little memory: training in the server's own process, which loads everything once.

A worker process of its own takes 150 MB, and the fork server 90 MB. The price of doing without: a crash of a training
is one of the server, and PyTorch, where it is installed, trains slowly beside pages.
"""

import ctypes
import gc
import os
import sys
import threading
import time
from math import inf, isfinite
from pathlib import Path

from ..host import count, host

SMALL = 1_200_000_000  # bytes of memory: with less, worker processes leave too little for a training
_RESERVED = 700_000_000  # stacks of threads and the like, which are never used in full
REMEMBERED_BYTES = 30_000_000  # of runs in memory
_LOOK_S, _RESTS, _WORKED_S = 4.0, 0.1, 1.0  # a look; the share of a core of a server that rests; work since the last
_M_ARENA_MAX, _MADV_PAGEOUT = -8, 21  # of glibc and of Linux 5.4
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container


def is_small() -> bool:
    """Whether to train in the server: HETEROSCOPE_SMALL says it, else the memory there is."""
    wanted = host("small")
    return memory() < SMALL if wanted is None else bool(wanted)


def memory() -> float:
    """Bytes of memory that this process may use: its container's, or the machine's; infinity where nobody says."""
    found = [float(text) for path in _LIMITS if (text := _read(path)).isdigit()]
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        found.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    return min(found, default=inf)


def require_memory(needed: int) -> None:
    """Raise MemoryError where a training here needs more bytes than HETEROSCOPE_WORKER_MEMORY, or than there are.

    A tenth of the memory stays free. Only on a small host: elsewhere each worker is bounded by itself.
    """
    if is_small() and needed > min(count("worker_memory") or inf, 0.9 * memory() - _size("VmRSS")):
        raise MemoryError


def bound_memory() -> None:
    """Let this process take so much more memory than it has now, and no more: in case a need is estimated too low.

    Linux only. Linux counts memory that is only reserved, so the bound is a wide one.
    """
    if sys.platform != "linux" or not isfinite(memory()):
        return
    import resource

    most = _size("VmData") + int(max(0.0, 0.9 * memory() - _size("VmRSS"))) + _RESERVED
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _size(name: str) -> int:
    """Bytes of this process by their name in Linux; 0 elsewhere."""
    found = (line for line in _read("/proc/self/status").splitlines() if line.startswith(f"{name}:"))
    return 1024 * int(next(found, f"{name}: 0").split()[1])


def prepare() -> None:
    """As the server starts: on a small host all threads take memory from one place, and free memory is given back.

    On other hosts it does nothing. Linux with glibc only.
    """
    if not is_small() or sys.platform != "linux":
        return
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        libc.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return
    threading.Thread(target=_tidy, args=(libc,), name="tidy", daemon=True).start()


def _tidy(libc: ctypes.CDLL) -> None:
    """Give back what is not needed, whenever the server rests after some work."""
    tidied = before = 0.0
    while True:
        time.sleep(_LOOK_S)
        now = time.process_time()
        if now - before < _RESTS * _LOOK_S and now - tidied > _WORKED_S:
            gc.collect()
            libc.malloc_trim(0)
            for start, end in _code():
                libc.madvise(start, end - start, _MADV_PAGEOUT)  # a kernel that does not know it refuses
            now = tidied = time.process_time()
        before = now


def _code() -> list[tuple[int, int]]:
    """Where the code of libraries lies in memory. Most of it runs once, as it loads; what is needed is read again."""
    lines = (line.split() for line in _read("/proc/self/maps").splitlines())
    places = (line[0].split("-") for line in lines if len(line) > 5 and line[1] == "r-xp" and line[5].startswith("/"))
    return [(int(start, 16), int(end, 16)) for start, end in places]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

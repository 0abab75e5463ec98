"""What a small host needs: the app on one core after some fits; prints the memory of each process, and their sum.

    python -m benchmarks.small_host [--workers 1] [--fits 20] [--most 400] [--processes]

The memory is PSS, as Linux counts it: a page that several processes share counts once in their sum. Pages of files that
other programs use just now count less, so run it alone, or in a virtual environment of its own. The server and all that
it starts stay on the first core; the window that asks is a client of Streamlit's protocol, on any. Exit status 1 where
the sum is above `--most`, in MB, or a fit did not come back.
"""

import argparse
import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil

from benchmarks.crowd import SLIDER, changed, finished, new_values
from benchmarks.streamlit_client import Picture, opened
from tests.e2e.server import ROOT, Server, running_server

RESTS_S = 12.0  # after the last fit
WITHIN_S = 120.0
_MB = 10**6


def memory(pid: int) -> dict[str, int]:
    """Bytes of one process: its share of all its pages (Pss), and that of pages without a file (Pss_Anon)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {name: 1024 * int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def processes(server: Server) -> Iterator[tuple[str, dict[str, int]]]:
    """The server and all that it started, each with a name and its memory."""
    for process in (psutil.Process(server.process.pid), *server.descendants()):
        try:
            yield _name(process, server), memory(process.pid)
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            continue  # it has just ended


def _name(process: psutil.Process, server: Server) -> str:
    line = " ".join(process.cmdline())
    if process.pid == server.process.pid:
        return "server"
    if "resource_tracker" in line:
        return "resource tracker"
    parent = process.parent()
    return "fork server" if parent is not None and parent.pid == server.process.pid else "worker"


async def fits(url: str, count: int) -> list[float]:
    """Move sliders so many times to values that nobody has asked for; the seconds of each answer."""
    taken: list[float] = []
    for seed in itertools.count(7001):
        async with opened(f"{url}/?data.seed={seed}&training.seed={seed}&v=2") as window:
            await window.until(finished, WITHIN_S)
            for stop in itertools.islice(new_values(window, random.Random(seed)), min(10, count - len(taken))):
                is_new, since = changed(window.picture), time.perf_counter()
                await window.move(SLIDER, stop)
                await window.until(partial(_answers, is_new), WITHIN_S)
                taken.append(time.perf_counter() - since)
        if len(taken) == count:
            break
    return taken


def _answers(is_new: Callable[[Picture], bool], picture: Picture) -> bool:
    return finished(picture) and is_new(picture)


def main() -> int:
    """Print the table. Returns 1 if the host was too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fits", type=int, default=20)
    parser.add_argument("--most", type=float, default=400.0, help="MB")
    parser.add_argument("--processes", action="store_true", help="train in worker processes, as other hosts do")
    options = parser.parse_args()
    host = {"HETEROSCOPE_WORKERS": f"{options.workers}", "HETEROSCOPE_SMALL": "0" if options.processes else "1"}
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder:
        os.sched_setaffinity(0, {min(cores)})  # the server inherits it
        started = time.perf_counter()
        with running_server(Path(folder), ROOT / "app.py", **host) as server:
            os.sched_setaffinity(0, cores)
            taken = sorted(asyncio.run(fits(server.url, options.fits)))
            whole = time.perf_counter() - started
            time.sleep(RESTS_S)
            rows = list(processes(server))
    print(f"{'process':18}{'PSS':>9}{'own':>9}{'RSS':>9}   MB")
    for name, held in rows:
        print(f"{name:18}{held['Pss'] / _MB:9.1f}{held['Pss_Anon'] / _MB:9.1f}{held['Rss'] / _MB:9.1f}")
    total = sum(held["Pss"] for _, held in rows) / _MB
    print(f"{'together':18}{total:9.1f}{sum(held['Pss_Anon'] for _, held in rows) / _MB:9.1f}")
    print(f"{len(taken)} fits, median {taken[len(taken) // 2]:.2f} s, slowest {taken[-1]:.2f} s; {whole:.0f} s in all")
    return int(total > options.most)


if __name__ == "__main__":
    sys.exit(main())

"""Rows from 1,000 to 1,000,000: seconds, memory, and what the page sends to the browser; each in a process of its own.

    python -m benchmarks.scale [--no-page]

One run of the quick recipe over each table. "copies" is the most memory that training held at once beside
the table itself, in sizes of that table (x and y as float64: 16 bytes a row).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = (1_000, 10_000, 100_000, 1_000_000)

_MEASURE = """
import json, resource, sys, time, tracemalloc
from core import Experiment
from core.training.loop import train
from core.training.run import dataset_of

rows = int(sys.argv[1])
train(Experiment.from_settings({"data.n": 500, "training.steps": 2}))
experiment = Experiment.from_settings({"data.n": rows})
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
data = dataset_of(experiment)
drawn = time.perf_counter() - start
run = train(experiment)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base
tracemalloc.start()
train(experiment.with_settings({"training.seed": 1}))
traced = tracemalloc.get_traced_memory()[1]
print(json.dumps({
    "drawn": drawn, "trained": run.seconds, "gap": run.scores["gap"],
    "peak_mb": peak / 1024, "copies": traced / (16 * rows),
}))
"""


def measured(rows: int) -> dict[str, float]:
    """Seconds and memory of one fresh process."""
    done = subprocess.run([sys.executable, "-c", _MEASURE, str(rows)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def sent(rows: tuple[int, ...]) -> dict[int, int]:
    """Bytes that a page with so many points sends to a browser."""
    from benchmarks.streamlit_client import page_bytes
    from tests.e2e.server import running_server

    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        return {n: page_bytes(f"{server.url}/?data.n={n}&v=2") for n in rows}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-page", action="store_true")
    pages = {} if parser.parse_args().no_page else sent(ROWS)
    print(f"{'rows':>10} {'points s':>9} {'training s':>11} {'gap':>8} {'peak MB':>8} {'copies':>7} {'page kB':>8}")
    for rows in ROWS:
        found = measured(rows)
        page = f"{pages[rows] / 1000:8.0f}" if rows in pages else f"{'–':>8}"
        print(
            f"{rows:10,} {found['drawn']:9.3f} {found['trained']:11.3f} {found['gap']:8.4f} {found['peak_mb']:8.1f} "
            f"{found['copies']:7.1f} {page}",
            flush=True,
        )


if __name__ == "__main__":
    main()

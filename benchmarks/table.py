"""How long a table of 1,000,000 rows and 10 columns takes, and how much memory.

    python -m benchmarks.table

Memory is the peak of the process so far, so that each row shows what its step added to the peak.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from core.charts.scatter import scatter_table
from core.data.tables.reading import read_table
from core.evaluation.unequal_variance import running_spread, unequal_variance

ROWS, COLUMNS = 1_000_000, 10
_MB = 1024  # ru_maxrss is in kilobytes

T = TypeVar("T")


def write(path: Path) -> None:
    """A CSV of about 100 MB."""
    import pyarrow as pa
    from pyarrow import csv

    rng = np.random.default_rng(0)
    values = {f"x{place}": rng.standard_normal(ROWS).astype(np.float32).astype(float) for place in range(COLUMNS - 1)}
    values["y"] = values["x0"] + np.exp(values["x1"] / 2) * rng.standard_normal(ROWS)
    csv.write_csv(pa.table({name: np.round(column, 8) for name, column in values.items()}), path)


def timed(rows: list[list[str]], step: str, action: Callable[[], T]) -> T:
    """What `action` gives, with a row on how long it took."""
    start = time.perf_counter()
    result = action()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB
    rows.append([step, f"{time.perf_counter() - start:.2f}", f"{peak:,.0f}"])
    return result


def main() -> None:
    """Write a table, read it, and print what each step took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        # In a process of its own, so that the memory for writing is not counted.
        subprocess.run([sys.executable, "-m", "benchmarks.table", str(path)], check=True)
        rows: list[list[str]] = []
        timed(rows, "start (numpy and core)", lambda: None)
        columns = timed(rows, f"read {path.stat().st_size / 1e6:.0f} MB", lambda: read_table(path, path.name))
        timed(rows, "key", lambda: columns.key)
        x, y = columns["x1"].values, columns["y"].values
        running = timed(rows, "running spread", lambda: running_spread(x, y))
        timed(rows, "test of unequal variance", lambda: unequal_variance(x, y))
        timed(rows, "rows of the chart", lambda: scatter_table(x, y, running))
    print("| step | s | most memory, MB |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    write(Path(sys.argv[1])) if sys.argv[1:] else main()

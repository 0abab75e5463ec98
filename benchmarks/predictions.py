"""How long predictions take to be examined, and how often their groups are marked; prints two tables.

    python -m benchmarks.predictions [--times 3] [--files 1000]

First, in seconds of processor time (one thread, so that on an idle machine they are those of a clock), 100,000 rows in
each form, from columns in memory: reading them, the verdict, what the charts show, every score, and eight groups. Then
files of groups that are alike, and of which one is at fault: the share of files with a mark, and with the mark on the
right group. Exit status 1 if the slowest form takes 2 s or more, or more than 5 % of files of alike groups have a
mark.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from scipy import special

from core.data.tables.columns import Columns, number_column
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.examined import covered_of, examined
from core.diagnosis.calibration.group_report import group_report
from core.evaluation.groups import Points, by_group
from core.evaluation.predictions import Predictions, predictions_of
from core.evaluation.scores import scores_for

ROWS, MOST_S, MOST_ALARMS, LEVEL = 100_000, 2.0, 0.05, 0.95
SIZES = ((50,) * 6, (20,) * 20, (500, 100, 30), (15, 15), (1000,) * 4)
FAULTS = (("std 1.5 times too small", 1.5, 0.0), ("std 2 times too small", 2.0, 0.0), ("off by ½ std", 1.0, 0.5))


def forms(rows: int) -> dict[str, Columns]:
    """A right model's predictions in each form, with eight groups."""
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=rows), np.exp(0.3 * rng.normal(size=rows))
    shared = {"y": mean + std * rng.normal(size=rows), "group": rng.integers(0, 8, rows).astype(float)}
    given = {
        "mean and std": {"mean": mean, "std": std},
        "nine quantiles": {f"q0.{k}": mean + std * special.ndtri(k / 10) for k in range(1, 10)},
        "an interval": {"lower_90": mean - 1.645 * std, "upper_90": mean + 1.645 * std},
        "five members": {f"m{k}": mean for k in range(5)} | {f"s{k}": std for k in range(5)},
        "99 samples": {f"sample_{k}": mean + std * rng.normal(size=rows) for k in range(99)},
    }
    return {
        name: Columns(
            MappingProxyType({key: number_column(key, values) for key, values in (shared | part).items()}), rows
        )
        for name, part in given.items()
    }


def parts(columns: Columns) -> list[float]:
    """Seconds of processor time of each part: read, verdict, charts, scores, groups."""
    predictions_of.cache_clear()
    found: list[Predictions] = []

    def charts() -> None:
        examined(found[0], LEVEL, "interval") if found[0].is_distribution else covered_of(found[0], LEVEL)

    steps: list[Callable[[], object]] = [
        lambda: found.append(predictions_of(columns)),
        lambda: calibration_verdict(found[0]),
        charts,
        lambda: [row.estimate(found[0].judged) for row in scores_for(found[0].judged.predictive).values()],
        lambda: group_report(found[0], LEVEL),
    ]
    taken = []
    for step in steps:
        started = time.process_time()
        step()
        taken.append(time.process_time() - started)
    return taken


def marks(files: int, sizes: tuple[int, ...], factor: float = 1.0, shift: float = 0.0) -> tuple[float, float]:
    """The share of files with any mark, and with one on the first group, which is at fault."""
    anywhere = first = 0
    for seed in range(files):
        rng = np.random.default_rng([seed, *sizes])
        codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        z = rng.normal(size=codes.size)
        z = np.where(codes == 0, factor * z + shift, z)
        inside = (np.abs(z) < 1.959964).astype(float)
        names = tuple(map(str, range(len(sizes))))
        found = {group.name for group in by_group(Points(codes, names, inside, None, z, z, True)) if group.mark}
        anywhere, first = anywhere + bool(found), first + ("0" in found)
    return anywhere / files, first / files


def main() -> int:
    """Measure, print both tables, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--files", type=int, default=1000, help="simulated files of each kind")
    options = parser.parse_args()
    slowest = 0.0
    print(f"{'seconds':24}{'read':>8}{'verdict':>8}{'charts':>8}{'scores':>8}{'groups':>8}{'all':>8}   ({ROWS:,} rows)")
    for name, columns in forms(ROWS).items():
        taken = [statistics.median(each) for each in zip(*(parts(columns) for _ in range(options.times)), strict=True)]
        slowest = max(slowest, sum(taken))
        print(f"{name:24}" + "".join(f"{seconds:8.2f}" for seconds in (*taken, sum(taken))))
    print(f"\n{'groups':40}{'any mark':>10}{'right one':>11}   ({options.files:,} files)")
    alarms = 0.0
    for sizes in SIZES:
        share, _ = marks(options.files, sizes)
        alarms = max(alarms, share)
        print(f"{_named(sizes) + ', alike':40}{share:10.1%}{'':>11}")
    for label, factor, shift in FAULTS:
        for n in (30, 50, 100):
            anywhere, right = marks(max(1, options.files // 5), (n,) * 6, factor, shift)
            print(f"{f'6 of {n}, one with {label}':40}{anywhere:10.1%}{right:11.1%}")
    return int(slowest >= MOST_S or alarms > MOST_ALARMS)


def _named(sizes: tuple[int, ...]) -> str:
    return f"{len(sizes)} of {sizes[0]}" if len(set(sizes)) == 1 else f"of {', '.join(map(str, sizes))}"


if __name__ == "__main__":
    sys.exit(main())

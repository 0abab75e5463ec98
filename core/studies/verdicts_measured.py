"""`reproduce verdicts`: faults injected and the causes that verdicts name; and their claims held against the truth."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from . import checked_verdicts
from .checked_verdicts import Checked, checked_verdict
from .injected_faults import FAULTS, inject
from .named_causes import Named, claims, lines, named, record, table_text
from .reproduction import Report, Reproduced, Reproduction

PER_SEED = 20  # experiments at random, for each seed of the faults

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def _fault(task: tuple[str, int]) -> Named:
    return named(inject(*task))


def _seconds(rows: Sequence[Named]) -> str:
    at = np.quantile([row.seconds for row in rows], [0.5, 0.9, 1.0])
    return "seconds of a verdict: median {:.2f}, 90 % {:.2f}, most {:.2f}".format(*at)


def _in_processes(function: Callable[[Task], Answer], tasks: Sequence[Task]) -> Iterator[Answer]:
    """The answers in the order of the tasks, by a process for each processor; with one task in this process."""
    if len(tasks) == 1:
        yield function(tasks[0])
        return
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        yield from pool.map(function, tasks)


def _run(seeds: Sequence[int], report: Report) -> Reproduced:
    named_rows: list[Named] = []
    faults = [(cause, seed) for cause in FAULTS for seed in seeds]
    for task, answer in zip(faults, _in_processes(_fault, faults), strict=True):
        report(*task)
        named_rows.append(answer)
    checked_rows: list[Checked] = []
    experiments = [PER_SEED * seed + i for seed in seeds for i in range(PER_SEED)]
    for number, checked in zip(experiments, _in_processes(checked_verdict, experiments), strict=True):
        report("claims", number)
        checked_rows.append(checked)
    table = lines(named_rows)
    held = {**claims(table), **checked_verdicts.claims(checked_rows)}
    text = [
        "Injected faults, and the causes that verdicts name",
        table_text(table),
        _seconds(named_rows),
        checked_verdicts.text(checked_rows),
        f"seeds: {seeds[0]} to {seeds[-1]} of each cause, {experiments[0]} to {experiments[-1]} of the experiments",
        *(f"{'holds' if holds else 'FAILS'}  {words}" for words, holds in held.items()),
    ]
    answer = {
        "study": REPRODUCTION.name,
        "runs": [record(row) for row in named_rows],
        "checked": [checked_verdicts.record(row) for row in checked_rows],
        "claims": held,
        "seeds": [*seeds],
    }
    return Reproduced("\n".join(text), answer, all(held.values()))


REPRODUCTION = Reproduction("verdicts", 50, _run, len(FAULTS) + PER_SEED)

"""How long a verdict takes: at once, without a training, and in full, with counterfactual trainings where one helps.

    python -m benchmarks.verdict [--repeat 5]

Time of the processor, the least of several: other programs hardly change it. Bars: 50 ms for the first look at a quick
run, 500 ms for a verdict in full.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from core.diagnosis.finding import Finding
from core.diagnosis.verdict.findings import first_look, verdict
from core.experiment.experiment import Experiment
from core.training.loop import train
from core.training.run import Run

RUNS: dict[str, dict[str, Any]] = {
    "quick": {},
    "posted loss": {"loss.name": "posted"},
    "Laplace noise": {"noise.family": "laplace"},
    "outliers, Student-t": {"noise.family": "outliers", "loss.name": "student_t_learned"},
    "mixture": {"loss.name": "mixture"},
    "evidential": {"loss.name": "evidential"},
    "quantiles": {"loss.name": "pinball"},
    "a bound": {"loss.bound": "clamp", "loss.least_std": 0.5},
    "30 steps": {"training.steps": 30},
    "rate 0.5": {"training.learning_rate": 0.5},
    "rate 1e-4": {"training.learning_rate": 1e-4},
    "two units": {"network.layers": [2]},
    "40 points": {"data.n": 40},
    "raw units": {"training.standardise": False},
    "dropout": {"network.dropout": 0.3},
    "typed": {"loss.name": "typed", "loss.formula": "0.5*r**2/softplus(s)**2 + log(softplus(s))"},
    "engel": {"data.table": "engel"},
}


def fresh(run: Run) -> Run:
    """The record without what it has computed of itself, as it comes from a worker."""
    return Run(**{name: getattr(run, name) for name in Run.__dataclass_fields__})


def least(of: Callable[[Run], Finding], run: Run, repeat: int) -> float:
    """Milliseconds of the fastest of several, each on a fresh record."""
    seconds = []
    for _ in range(repeat):
        record = fresh(run)
        began = time.process_time()
        of(record)
        seconds.append(time.process_time() - began)
    return 1000 * min(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="the first time of all loads code and finds optima")
    repeat = parser.parse_args().repeat
    print(f"{'run':20} {'first look':>12} {'in full':>12}  verdict")
    for name, settings in RUNS.items():
        run = train(Experiment.from_settings(settings))
        first, full = least(first_look, run, repeat), least(verdict, run, repeat)
        print(f"{name:20} {first:9.0f} ms {full:9.0f} ms  {verdict(run).headline}", flush=True)


if __name__ == "__main__":
    main()

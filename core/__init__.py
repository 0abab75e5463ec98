"""Heteroscope for notebooks and scripts: experiments, training, scores.

>>> from core import presets, train
>>> run = train(presets["quick"])
>>> run.history, run.scores, run.predict([60.0, 120.0])  # DataFrame, dict, DataFrame  # doctest: +SKIP
>>> run  # in a notebook: the verdict, three charts and the scores  # doctest: +SKIP
>>> compare(run, other), calibration(y, mean, std), verdict(run)  # what the pages say  # doctest: +SKIP
>>> print(check("loss = -Normal(mu, log_var.exp()).log_prob(y).mean()", value=-0.4))  # doctest: +SKIP
>>> run = train(table_experiment("data.csv", target="y"))  # by the recipe for tables  # doctest: +SKIP
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .training.presenting import Bundle, present_with

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .diagnosis.loss_check.check import Checked
    from .diagnosis.table.remark import Remark
    from .estimator.regressor import HeteroscopeRegressor
    from .evaluation.judged import Estimate
    from .experiment.experiment import Experiment
    from .experiment.from_table import table_experiment
    from .experiment.presets import presets
    from .experiment.settings import InvalidExperiment
    from .export.onnx_model import export_onnx
    from .monitor.monitor import Monitor
    from .notebook.calibration import calibration
    from .notebook.comparison import compare
    from .notebook.of_run import verdict
    from .training.frame import Frame
    from .training.new_rows import predict_rows
    from .training.run import Run

__all__ = [
    "Experiment",
    "HeteroscopeRegressor",
    "InvalidExperiment",
    "Monitor",
    "calibration",
    "check",
    "compare",
    "export_onnx",
    "load",
    "predict_rows",
    "presets",
    "scores",
    "table_checks",
    "table_experiment",
    "train",
    "train_members",
    "verdict",
]

# Found in their files at the first use: whoever imports one room of the house does not wait for these.
_AT_FIRST_USE = {
    "Experiment": ".experiment.experiment",
    "HeteroscopeRegressor": ".estimator.regressor",
    "InvalidExperiment": ".experiment.settings",
    "Monitor": ".monitor.monitor",
    "calibration": ".notebook.calibration",
    "compare": ".notebook.comparison",
    "export_onnx": ".export.onnx_model",
    "predict_rows": ".training.new_rows",
    "presets": ".experiment.presets",
    "table_experiment": ".experiment.from_table",
    "verdict": ".notebook.of_run",
}

_ROOMS = ("interop",)  # `heteroscope.interop.to_scipy` works without an import of its own


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    if name not in _AT_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(import_module(_AT_FIRST_USE[name], __name__), name)
    return globals()[name]


def _shown(record: Any, include: set[str] | None, exclude: set[str] | None) -> Bundle:
    """What a notebook shows of a run; the room that draws it is loaded at the first use."""
    from .notebook.of_run import run_bundle

    return run_bundle(record, include, exclude)


present_with(_shown)


def train(
    experiment: "Experiment",
    *,
    on_frame: "Callable[[Frame], None] | None" = None,
    should_stop: Callable[[], bool] | None = None,
    on_wait: Callable[[str], None] | None = None,
    cores: int | None = None,
    progress: bool | None = None,
) -> "Run":
    """Train in this process and return the finished run; see core.training.loop.train. The first call loads Numba.

    In a notebook or a terminal a training of more than a second shows its progress, if tqdm is installed. `progress`
    False shows none, True shows it everywhere and raises ImportError without tqdm.

    Ctrl-C, or a notebook's interrupt, ends the training and keeps it: the run is returned with the status "stopped",
    as with `should_stop`, and a warning says so. A second one within two seconds raises KeyboardInterrupt, and so does
    one before the first step. In another thread than the main one nothing is caught.
    """
    from .notebook.progress import shown_progress
    from .notebook.stopping import stoppable
    from .training.loop import train as train_here

    with stoppable(should_stop) as stops, shown_progress(progress, on_frame) as told:
        run = train_here(experiment, on_frame=stops.seen(told), should_stop=stops, on_wait=on_wait, cores=cores)
    stops.tell(run)
    return run


def train_members(
    experiment: "Experiment", seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> "list[Run]":
    """Train once for each training seed, on a GPU all at once; see core.training.members.train_members.

    Ctrl-C ends those that are not done as "stopped", as in `train`, and all are returned.
    """
    from .notebook.stopping import stoppable
    from .training.members import train_members as train_here

    with stoppable(should_stop, begun=True) as stops:
        runs = train_here(experiment, seeds, should_stop=stops)
    stops.tell(*runs)
    return runs


def table_checks(experiment: "Experiment") -> "tuple[Remark, ...]":
    """What the table of an experiment should be warned of before it is trained on: words, numbers and settings that
    fix it; see core.diagnosis.table.table_checks. Empty for drawn points.
    """
    from .diagnosis.table.table_checks import table_checks as check_here

    return check_here(experiment)


def check(
    code: str = "",
    *,
    log: "bytes | str | Path | None" = None,
    predictions: "bytes | Path | None" = None,
    **told: object,
) -> "Checked":
    """What the code of a loss means, with what else is known of a run; printed, it is the answer in words.

    `told` are value, std_y, variance, quantity, noise, points, function and roles, as FIELDS of
    core.diagnosis.loss_check.given describes them; `log` and `predictions` are text or a file. The code is read and
    never run. Raises InvalidExperiment, LogError or TableError for what cannot be used; code that cannot be read is
    told in the answer's `problem`.
    """
    from .diagnosis.loss_check import check as answers
    from .diagnosis.loss_check.given import given_of

    of_log, of_file = answers.read_files(_content(log), _content(predictions))
    return answers.check(given_of({**told, "code": code}), of_log, of_file)


def _content(source: "bytes | str | Path | None") -> tuple[bytes, str] | None:
    """Bytes and name of a file, or of a text."""
    if source is None:
        return None
    if isinstance(source, Path):
        return source.read_bytes(), source.name
    return (source.encode() if isinstance(source, str) else source), ""


def load(source: bytes | str | Path) -> "Run":
    """The run in a safetensors file, ready to predict; see core.export.weights.load."""
    from .export.weights import load as load_here

    return load_here(source)


def scores(y: "ArrayLike", mean: "ArrayLike", std: "ArrayLike") -> "dict[str, Estimate]":
    """All scores of Gaussian predictions, by name, each with its standard error or the reason why it has no value.

    y: observations; mean, std: predictions; all (n,) or (n, 1), in the unit of y. For another distribution use
    `estimates(Judged(predictive, y))` from core.evaluation. Raises ValueError as `calibration` does.
    """
    from .distributions.laws import gaussian
    from .evaluation.judged import Judged
    from .evaluation.scores import estimates
    from .notebook.arrays import together

    found = together({"y": y, "mean": mean, "std": std})
    return estimates(Judged(gaussian(found["mean"], found["std"]), found["y"]))

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

_ROOMS = ("interop", "torch")  # `heteroscope.torch.losses` works without an import of its own


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})


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
    """Train in this process and return the finished run. The first call of a process loads Numba.

    on_frame: called with the state of the training, first, last and more than ten times a second.
    should_stop: asked as often; once it is true, the run ends as "stopped" and keeps what it has learned.
    on_wait: called with a sentence before a wait for the compiler or for PyTorch.
    cores: how many members train at once; None takes all cores.
    progress: False shows no progress bar. True shows one everywhere and raises ImportError without tqdm. None shows
        one in a notebook or a terminal after a second, if tqdm is installed.

    The result depends on the experiment alone. A loss that becomes NaN or infinite ends the run as "diverged", with the
    weights of the last good step. Raises TypeError for what is no experiment, and InvalidExperiment if its device is
    not there.

    Ctrl-C, or a notebook's interrupt, ends the training and keeps it: the run is returned with the status "stopped",
    as with `should_stop`, and a warning says so. A second one within two seconds raises KeyboardInterrupt, and so does
    one before the first step. In another thread than the main one nothing is caught.
    """
    from .notebook.progress import shown_progress
    from .notebook.stopping import stoppable
    from .training.loop import train as train_here

    _check_experiment(experiment)
    with stoppable(should_stop) as stops, shown_progress(progress, on_frame) as told:
        run = train_here(experiment, on_frame=stops.seen(told), should_stop=stops, on_wait=on_wait, cores=cores)
    stops.tell(run)
    return run


def train_members(
    experiment: "Experiment", seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> "list[Run]":
    """The runs of an experiment for each training seed, in the order of `seeds`. On a GPU all train at once.

    Each run is what `train` gives for its seed, up to rounding. Once `should_stop` is true, unfinished ones end as
    "stopped"; so they do with Ctrl-C, as in `train`, and all are returned. Raises InvalidExperiment for a seed that
    cannot be one, or if the device is not there.
    """
    from .notebook.stopping import stoppable
    from .training.members import train_members as train_here

    _check_experiment(experiment)
    with stoppable(should_stop, begun=True) as stops:
        runs = train_here(experiment, seeds, should_stop=stops)
    stops.tell(*runs)
    return runs


def _check_experiment(given: object) -> None:
    from .experiment.experiment import Experiment

    if not isinstance(given, Experiment):
        raise TypeError(
            f"An experiment is trained, such as presets['quick'] or table_experiment(frame, target='y'); this is a "
            f"{type(given).__name__}."
        )


def table_checks(experiment: "Experiment") -> "tuple[Remark, ...]":
    """What a table should be warned of before it is trained on, the most misleading first.

    Each remark has words, numbers and the settings that fix it. Empty for drawn points. Raises TableError if the table
    is not in the store, or has nothing to predict.
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

    code: a line, a function, a class or a script of PyTorch, TensorFlow, Keras, JAX, NumPy or LaTeX; read, never run.
    log: a training log, as text or a path. predictions: a file of predictions, as bytes or a path.

    `told` are further facts by name:

    value: the number that the code prints. std_y: the standard deviation of y, in the unit of the loss.
    variance: a typical value of what the code calls the variance. quantity: the expression in the code that this is.
    noise: σ of the noise, if it is known. points: how many points the loss sums over.
    function: which function of the code is the loss. roles: what names mean that the code does not define, such as
        {"lv": "second", "w": 0.5}.

    Code that cannot be read is told in the answer's `problem`. Raises InvalidExperiment, LogError or TableError for
    what else cannot be used.
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
    """The run whose weights a safetensors file holds, from its path or its bytes: ready to predict, without data.

    Its history and its film are empty. Raises ValueError for what is no such file or is damaged, and OSError for a path
    that cannot be read.
    """
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

"""A run as a script: one file for PyTorch and NumPy alone that trains the same net again and scores it.

It is put together from the rows that the experiment names, by their formulas and by the source of their functions, so
that it holds what this run used and nothing else. The script draws the same points, starts from the same weights and
sees the same batches (numpy's generators give the same numbers everywhere), so that only rounding tells it from the
laboratory. Numbers and names from outside go in as Python literals, never as text that could run.
"""

from ..data.dataset import HELD_OUT
from ..experiment.data_settings import NO_TABLE
from ..model.bounds import BOUNDS
from ..model.losses import torch_code
from ..training.run import Run
from .facts import ended_before, is_embedded, is_log, loss_row, own_parts, predicting, waits, warm_up
from .members_code import members_part
from .net_code import loss_part, net_part, reading_part, start_part
from .points_code import points_part
from .training_code import main_part, rates_part, train_part


def script_of(run: Run) -> str:
    """The script of a run, Python text that needs torch and numpy and nothing else.

    It ends with the line "test NLL <value>", of the held-out points with the full constant, beside the value that the
    laboratory found: equal to 1e-3 nats after some hundred steps at a rate that decays. Over more steps rounding grows,
    most at a constant rate, which never settles, or on few points that a net learns by heart. The script then trains
    twice, from first weights that differ by 1e-7, and prints how far they came apart.
    """
    of_points_and_net = (_head, _constants, points_part, start_part, net_part, loss_part, reading_part)
    texts = [part(run) for part in (*of_points_and_net, rates_part, train_part, members_part, main_part)]
    return "\n\n".join(text.strip("\n") + "\n" for text in texts if text)


def _head(run: Run) -> str:
    experiment, loss = run.experiment, loss_row(run)
    on = "drawn points" if experiment.data.table == NO_TABLE else "a table"
    file = "" if is_embedded(run) else " data.csv"
    beside = "" if is_embedded(run) else "\ndata.csv is the file “data” that the run is exported with."
    nets = "nets" if run.others else "net"
    lines = [
        f'"""Run {run.key} of Heteroscope: {loss.label}, on {on}.',
        "",
        f"Trains the same {nets} again with PyTorch and NumPy alone:  python script.py{file}{beside}",
        "Points, first weights and batches are the run's own, so that only rounding tells the two apart.",
        '"""',
        "",
        "import math",
        *([] if is_embedded(run) else ["import sys"]),
        "",
        "import numpy as np",
        "import torch",
        "",
        "torch.set_num_threads(1)  # products this small are slower on two",
    ]
    return "\n".join(lines)


def _constants(run: Run) -> str:
    experiment = run.experiment
    data, network, training, loss = experiment.data, experiment.network, experiment.training, loss_row(run)
    values: dict[str, tuple[object, str]] = {}
    if data.table == NO_TABLE:
        values |= {
            "N": (data.n, f"training points; {HELD_OUT:,} more are drawn to test on"),
            "X_MIN": (float(data.x_min), ""),
            "X_MAX": (float(data.x_max), ""),
            "NOISE": (float(experiment.noise.scale), "standard deviation of the noise, its mean over x"),
            "DATA_SEED": (data.seed, ""),
        }
    if run.encoding is not None:
        log = ", whose log is fitted" if is_log(run) else ""
        values["INPUTS"] = (list(run.encoding.inputs), f"of {run.encoding.target!r}{log}")
    values |= {
        "HIDDEN": (list(network.layers), "widths of the hidden layers"),
        "OUTPUTS": (len(loss.outputs), ", ".join(output.label for output in loss.outputs)),
    }
    if network.dropout:
        values["DROPOUT"] = (float(network.dropout), "share of hidden units silenced at each step")
    values |= {name: (numbers, "") for name, numbers in torch_code.constants(loss).items()}
    bound = BOUNDS[experiment.loss.bound]
    if bound.within is not None:
        values["LEAST_STD"] = (float(experiment.loss.least_std), "the spread stays between these, in the unit of y")
        values["MOST_STD"] = (float(experiment.loss.most_std), "")
        values["POWERS"] = ([output.log_power for output in loss.outputs], "of the std that each output is a log of")
    if bound.observed is not None:
        values["EPSILON"] = (float(experiment.loss.least_std) ** 2, "added to r², in the squared unit of y")
    values |= {
        "LEARNING_RATE": (float(training.learning_rate), "the largest"),
        "BATCH_SIZE": (training.batch_size, ""),
        "STEPS": (training.steps, ""),
    }
    if ended_before(run):
        values["STEPS_TAKEN"] = (run.steps_done, f"the run ended there: it was {run.status}")
    if training.weight_decay:
        values["SHRINK"] = (float(training.weight_decay), "before each step weights shrink by its rate times this")
    if waits(run):
        values["PATIENCE"] = (training.patience, "steps without a better NLL on validation points end the training")
    if warm_up(run):
        values["WARM_UP"] = (warm_up(run), "steps on squared error alone, while the spread waits")
    if numbers := predicting(run):
        left_out = len(run.each) - len(numbers)
        words = f"the nets that predict together; {left_out} diverged" if left_out else "the nets that predict together"
        values["MEMBERS"] = (numbers, words)
    if counts := own_parts(run):
        values["DATA_SEED"] = (run.experiment.data.seed, "rules which points members set aside for validation")
        values["SET_ASIDE"] = (counts, "how many points those members set aside that have not the parts of the run")
    values["SEED"] = (training.seed, "rules the first weights, the order of the points and dropout")
    values["IN_THE_APP"] = (run.scores["nll"], "the test NLL that this run had there")
    return "\n".join(
        f"{name} = {'math.nan' if value is None else repr(value)}{f'  # {words}' if words else ''}"
        for name, (value, words) in values.items()
    )

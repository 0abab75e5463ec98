"""The recipe for tables: the network, the loss and the training that a table brings along.

One function for everyone who fits a table: the pages, the command line and Python. It looks at how many rows there are
to learn from, at how many inputs they have, and at the residuals of a linear model; never at the rows held out. Its
numbers were found on development tables alone (docs/tables.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..data.tables.columns import TableError
from ..evaluation.baselines import fit_baselines
from ..evaluation.level_map import gains_of_tails
from ..words import number
from .build import check_readable, choice_of, columns_of, dataset_of
from .data_settings import NO_TABLE, OWN_TABLE, Data
from .experiment import DEFAULT, VALIDATION_SHARE, Experiment

SMALL, LARGE = 5_000, 20_000  # rows: below, between and from which on batch and steps differ
FEW_INPUTS = 2  # a curve or a surface: units that bend where the data are find jumps and fast waves
_CURVE_STEPS = 3000  # at least, where there are rows for it: so steep a fit takes longer
FEW = 60  # rows: a tenth of fewer says nothing of the best step, and there is little to learn in many steps
LONG_TAILS = 0.01  # nats per row that a Student-t gains on the residuals of a linear model
_ROWS_PER_INPUT = 3  # with fewer a linear model nearly interpolates, and the tails of what it leaves are its own
_MOST_LOOKED_AT = 20_000  # rows whose tails are looked at
RESHAPES = frozenset(
    {"data.table", "data.csv", "data.y", "data.also", "data.features", "data.own_features", "data.log_y"}
)
_LOSS, _OF_TAILS = "gaussian_nll", "student_t_learned"

_EVERY: Mapping[str, Any] = {
    "network.layers": [64, 64],
    "training.learning_rate": 1e-2,
    "training.members": 5,
    "training.own_validation": True,
}
_CURVE: Mapping[str, Any] = {"network.activation": "tanh", "network.init": "spread", "training.weight_decay": 0.03}
# From so many rows on: batch, steps, and the share of the rows that are set aside for validation.
_WORK = {0: (64, 300, 0.2), FEW: (64, 2000, VALIDATION_SHARE)}
_WORK |= {SMALL: (128, 6000, VALIDATION_SHARE), LARGE: (256, 8000, VALIDATION_SHARE)}
_MANY: Mapping[str, Any] = {"network.activation": "silu", "network.init": "torch", "training.weight_decay": 0.03}


@dataclass(frozen=True)
class Shape:
    """What the recipe looks at: rows to learn from (validation rows among them), inputs, and the tails of residuals.

    `tails` are the nats per row that a Student-t gains over a Gaussian on the standardised residuals of a linear mean
    and a linear log variance; 0 where that is not beyond two standard errors.
    """

    rows: int
    inputs: int
    tails: float = 0.0


def shape_of(experiment: Experiment) -> Shape:
    """The shape of an experiment's table; of one that cannot be trained on as it stands, that of the whole file.

    Raises TableError if the table is not in the store.
    """
    check_readable(experiment.data)
    try:
        return _shape(experiment.data.model_copy(update={"validation": 0.0}))
    except TableError:
        columns = columns_of(experiment.data)
        return Shape(columns.rows, max(1, len(columns.columns) - 1))


@lru_cache(maxsize=64)
def _shape(data: Data) -> Shape:
    """The shape of a table without validation rows: those that a recipe sets aside are among its rows to learn from."""
    each = [dataset_of(view) for view in DEFAULT.model_copy(update={"data": data}).views]
    tails = float(np.mean([_tails(dataset.x, dataset.y) for dataset in each]))  # the same whichever target is shown
    return Shape(len(each[0].y), each[0].inputs, tails)


def _tails(x: np.ndarray, y: np.ndarray) -> float:
    stride = -(-len(y) // _MOST_LOOKED_AT)
    x, y = x[::stride], y[::stride]
    if len(y) < _ROWS_PER_INPUT * x.size / len(y):
        return 0.0
    try:
        linear = fit_baselines(x, y)["linear_log_variance"](x)
    except ValueError:  # too few rows for its coefficients
        return 0.0
    gains = gains_of_tails((y - linear.mean) / linear.std)
    gain, error = float(np.mean(gains)), float(np.std(gains) / np.sqrt(len(gains)))
    return gain if gain > 2 * error else 0.0


def recipe(shape: Shape) -> Mapping[str, Any]:
    """The settings for a table of this shape.

    Five nets, each with a validation part of its own and the weights that were best there, predict as their mixture:
    that is what beats other methods on small tables, and not the net alone. The rate falls to zero within the steps,
    so that none ends early. Decay, steps and batch were searched; so was the start, which for a curve spreads the bends
    of its units over the data.
    """
    batch, steps, validation = next(work for rows, work in reversed(_WORK.items()) if shape.rows >= rows)
    curve = shape.inputs <= FEW_INPUTS
    steps = max(steps, _CURVE_STEPS) if curve and shape.rows >= FEW else steps
    return {
        **_EVERY,
        **(_CURVE if curve else _MANY),
        "training.batch_size": batch,
        "training.steps": steps,
        "training.patience": steps,
        "data.validation": validation,
        **({"loss.name": _OF_TAILS} if _has_long_tails(shape) else {}),
    }


def _has_long_tails(shape: Shape) -> bool:
    return shape.tails >= LONG_TAILS and FEW <= shape.rows < LARGE


def recipe_for_table(before: Experiment, chosen: Experiment, *, chooses_table: bool = True) -> Mapping[str, Any]:
    """The settings that the table of `chosen` brings along; none if `before` has a recipe that a person chose.

    `before` is the experiment before the table, or its columns, were chosen. What it has is nobody's choice if network
    and training are those that its own table brought, or, where a table and not only its columns is chosen, those of
    the default. The default is made for 20,000 simulated points of one x: on a few hundred rows of eight features it
    overfits. A loss that a person chose stays. Raises TableError if the table is not in the store.
    """
    if chosen.data.table == NO_TABLE:
        return {}
    brought, follows = _brought_features(before, chosen), follows_recipe(before)
    if not follows and not (chooses_table and _is_trained_as(before, {})):
        return brought
    settings = {**brought, "loss.name": _LOSS, **recipe(shape_of(chosen.with_settings(brought)))}
    of_before = recipe(shape_of(before)).get("loss.name", _LOSS) if follows else _LOSS
    keeps = before.loss.name not in (_LOSS, of_before)
    return {path: value for path, value in settings.items() if not (keeps and path == "loss.name")}


def _brought_features(before: Experiment, chosen: Experiment) -> Mapping[str, Any]:
    """For a table that is newly brought: features from all its columns, where that makes a difference."""
    if chosen.data.table != OWN_TABLE or chosen.data.csv == before.data.csv or chosen.data.feature_names:
        return {}
    wide = {"data.own_features": "all"}
    columns = columns_of(chosen.data)
    try:
        few, every = (choice_of(each.data, columns) for each in (chosen, chosen.with_settings(wide)))
    except TableError:
        return {}
    return wide if few.features != every.features else {}


def on_table(experiment: Experiment, settings: Mapping[str, Any]) -> Experiment:
    """The experiment with `settings`, and where they choose a table, with what it brings along.

    What `settings` say themselves stays as they say. Raises InvalidExperiment, and TableError if the table is not in
    the store.
    """
    chosen, of_table = experiment.with_settings(settings), not settings.keys().isdisjoint(("data.table", "data.csv"))
    return chosen.with_settings({**recipe_for_table(experiment, chosen, chooses_table=of_table), **settings})


def changed(experiment: Experiment, settings: Mapping[str, Any]) -> Experiment:
    """The experiment with `settings`; where they choose another table or other columns, with what these bring along.

    Raises InvalidExperiment.
    """
    if not RESHAPES & settings.keys():
        return experiment.with_settings(settings)
    try:
        return on_table(experiment, settings)
    except (TableError, OSError):  # the table is gone: the page says so
        return experiment.with_settings(settings)


def follows_recipe(experiment: Experiment) -> bool:
    """Whether network and training are those that the experiment's own table brings along."""
    if experiment.data.table == NO_TABLE:
        return False
    try:
        return _is_trained_as(experiment, recipe(shape_of(experiment)))
    except (TableError, OSError):  # its table is gone
        return False


def _is_trained_as(experiment: Experiment, settings: Mapping[str, Any]) -> bool:
    """Whether network and training are the default's with `settings`, whatever the seed and the device."""
    own = {path: experiment.value(path) for path in ("training.seed", "training.device")}
    other = DEFAULT.with_settings({**settings, **own})
    return (experiment.network, experiment.training) == (other.network, other.training)


def recipe_words(experiment: Experiment) -> str:
    """What the recipe chose for the experiment's table, and why: one line, empty where a person chose otherwise."""
    if not follows_recipe(experiment):
        return ""
    shape, training, network = shape_of(experiment), experiment.training, experiment.network
    widths = "-".join(map(str, network.layers))
    parts = [
        f"Recipe for tables, by {shape.rows:,} rows and {shape.inputs:,} input{'s' * (shape.inputs > 1)}: "
        f"{training.members} networks of {widths} {network.activation} units, {training.steps:,} steps of "
        f"{min(training.batch_size, shape.rows):,} rows, weight decay {training.weight_decay:g}",
        f"each keeps its best weights on the {experiment.data.validation:.0%} of the rows that it sets aside",
    ]
    if _has_long_tails(shape):
        gain = f"{number(shape.tails)} nats per row over a Gaussian on the residuals of a linear model"
        parts.append(f"Student-t, which improves the NLL by {gain}")
    return "; ".join(parts) + "."

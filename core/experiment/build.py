"""From an experiment to its points, the shapes of its network, and its predictive distribution."""

from dataclasses import replace
from functools import lru_cache
from weakref import WeakValueDictionary

import numpy as np

from ..data import dataset as datasets
from ..data.dataset import Dataset
from ..data.noise import NOISES, PROFILES
from ..data.tables.association import strongest
from ..data.tables.choice import Choice, default_target, own_features
from ..data.tables.columns import Columns, TableError
from ..data.tables.missing_codes import with_missing
from ..data.tables.shipped import TABLES
from ..data.tables.split import from_columns
from ..data.tables.table_store import table_store
from ..data.targets import TARGETS
from ..distributions.blend import equal_mixture
from ..distributions.laws import Predictive
from ..model.networks import Architecture
from .data_settings import NO_TABLE, OWN_TABLE, Data
from .experiment import OWN_VALIDATION, Experiment, applies, setting_of
from .loss_settings import loss_of
from .noise_settings import NoiseSettings


def dataset_of(experiment: Experiment) -> Dataset:
    """The points of an experiment; the same experiment always gives exactly the same points.

    Raises TableError if its table is not here, or not for this visitor.
    """
    data = experiment.data
    check_readable(data)
    return _synthetic(data, experiment.noise) if data.table == NO_TABLE else _of_table(data)


def check_readable(data: Data) -> None:
    """Raise TableError if the visitor may not read the table; asked before every cache of what is made of one."""
    if data.table == OWN_TABLE:
        table_store().check(data.csv)


def is_readable(experiment: Experiment) -> bool:
    """Whether the visitor may read its points."""
    try:
        check_readable(experiment.data)
    except TableError:
        return False
    return True


def dataset_of_member(experiment: Experiment, member: int) -> Dataset:
    """The points of one member: those of the experiment, where asked with a validation part of its own.

    The held-out points are the same for all, and so are validation rows that a column of the table names. Where it
    names none, each member sets its share of the training rows aside.
    """
    dataset, count = dataset_of(experiment), own_part(experiment, member)
    return dataset if count is None else datasets.with_other_validation(dataset, experiment.data.seed, member, count)


def own_part(experiment: Experiment, member: int) -> int | None:
    """How many points a member sets aside by itself; None if its validation part is that of the experiment."""
    dataset, data = dataset_of(experiment), experiment.data
    if not experiment.training.own_validation or not applies(setting_of(OWN_VALIDATION), experiment):
        return None
    named = data.split == "column"
    if dataset.x_validation.size and (named or member == 0):
        return None
    return round(data.validation * len(dataset.x)) if named else len(dataset.x_validation)


@lru_cache(maxsize=3)  # a table of a million rows and ten columns takes 100 MB
def _of_table(data: Data) -> Dataset:
    columns = columns_of(data)
    return from_columns(columns, choice_of(data, columns))


def columns_of(data: Data) -> Columns:
    """The table that the points come from, with its codes for a missing value as missing.

    Raises TableError if it is not in the store, or a code is said of a column that it has not.
    """
    row = TABLES.get(data.table)
    columns = table_store().get(data.csv) if row is None else row.columns()
    return with_missing(columns, data.missing_values)


def choice_of(data: Data, columns: Columns) -> Choice:
    """How the table becomes a dataset: by the chosen target and features, or else those of the table.

    Raises TableError if there is nothing to predict.
    """
    row = TABLES.get(data.table)
    target = data.y or (default_target(columns) if row is None else row.target)
    if not target:
        raise TableError("The table has no column of numbers: there is nothing to predict.")
    targets = (target, *data.further_targets)
    own = () if row is None or row.target not in targets else row.features
    named = data.feature_names or [name for name in own if name not in (*targets, data.weights)]
    choice = Choice(
        target=target,
        also=data.further_targets,
        features=tuple(named),
        log_target=data.log_y,
        missing=data.missing,
        split=data.split,
        split_by=data.split_by,
        held_out=data.held_out,
        validation=data.validation,
        seed=data.seed,
        labels={} if row is None else row.labels,
        rare_words=data.rare_words,
        from_all=not named and data.own_features == "all",
        weights=data.weights,
    )
    if named:
        return choice
    check_readable(data)
    return replace(choice, features=_strongest(data) if choice.from_all else own_features(columns, choice.aside))


@lru_cache(maxsize=16)  # names alone: pages ask at every script run
def _strongest(data: Data) -> tuple[str, ...]:
    columns = columns_of(data)
    return strongest(columns, choice_of(data.model_copy(update={"own_features": "few"}), columns))


# Points that a run in memory has are not drawn again: with many visitors, the latest few are soon those of others.
_alive: WeakValueDictionary[tuple[Data, NoiseSettings], Dataset] = WeakValueDictionary()


def _synthetic(data: Data, noise: NoiseSettings) -> Dataset:
    found = _alive.get((data, noise))
    return _drawn(data, noise) if found is None else found


@lru_cache(maxsize=16)
def _drawn(data: Data, noise: NoiseSettings) -> Dataset:
    found = _alive[data, noise] = datasets.synthetic(
        TARGETS[data.target],
        data.n,
        data.x_min,
        data.x_max,
        data.design,
        NOISES[noise.family],
        PROFILES[noise.profile],
        noise.scale,
        data.seed,
    )
    return found


def architecture_of(experiment: Experiment, inputs: int | None = None) -> Architecture:
    """The shapes of the network; the loss gives the number of outputs, and the points that of inputs."""
    network = experiment.network
    outputs = len(loss_of(experiment.loss).outputs)
    if inputs is None:
        inputs = 1 if experiment.data.table == NO_TABLE else dataset_of(experiment).inputs
    return Architecture(inputs, network.layers, outputs, network.heads == "shared", network.activation)


def read(experiment: Experiment, outputs: np.ndarray) -> Predictive:
    """The predictive distribution of outputs (…, H) under the reading of the experiment."""
    return read_as(experiment.loss.reading, experiment, outputs)


def read_as(reading: str, experiment: Experiment, outputs: np.ndarray) -> Predictive:
    """The predictive distribution of outputs (…, H) under any reading of the experiment's loss."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        loss = loss_of(experiment.loss)
        return loss.reading(reading).predictive(outputs.astype(float), loss.values)


def mixed(experiment: Experiment, outputs: np.ndarray) -> Predictive:
    """The equal mixture that members with outputs (…, members, H) predict, under the reading of the experiment."""
    return equal_mixture([read(experiment, outputs[..., m, :]) for m in range(outputs.shape[-2])])

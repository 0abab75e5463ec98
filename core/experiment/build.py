"""From an experiment to its points, the shapes of its network, and its predictive distribution."""

from functools import lru_cache

import numpy as np

from core.data import dataset as datasets
from core.data.dataset import Dataset
from core.data.noise import NOISES, PROFILES
from core.data.tables.columns import Columns, TableError
from core.data.tables.shipped import TABLES
from core.data.tables.split import Choice, default_target, from_columns, own_features
from core.data.tables.table_store import table_store
from core.data.targets import TARGETS
from core.distributions.laws import Predictive
from core.experiment.data_settings import NO_TABLE, Data
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.experiment.noise_settings import NoiseSettings
from core.model.networks import Architecture
from core.model.readings import READINGS


def dataset_of(experiment: Experiment) -> Dataset:
    """The points of an experiment; the same experiment always gives exactly the same points."""
    data = experiment.data
    return _synthetic(data, experiment.noise) if data.table == NO_TABLE else _of_table(data)


@lru_cache(maxsize=3)  # a table of a million rows and ten columns takes 100 MB
def _of_table(data: Data) -> Dataset:
    columns = columns_of(data)
    return from_columns(columns, choice_of(data, columns))


def columns_of(data: Data) -> Columns:
    """The table that the points come from. Raises TableError if it is not in the store."""
    row = TABLES.get(data.table)
    return table_store().get(data.csv) if row is None else row.columns()


def choice_of(data: Data, columns: Columns) -> Choice:
    """How the table becomes a dataset: by the chosen target and features, or else those of the table.

    Raises TableError if there is nothing to predict.
    """
    row = TABLES.get(data.table)
    target = data.y or (default_target(columns) if row is None else row.target)
    if not target:
        raise TableError("The table has no column of numbers: there is nothing to predict.")
    own = None if row is None or target != row.target else row.features
    return Choice(
        target=target,
        features=data.feature_names or own or own_features(columns, target),
        log_target=data.log_y,
        missing=data.missing,
        split=data.split,
        split_by=data.split_by,
        held_out=data.held_out,
        validation=data.validation,
        seed=data.seed,
        labels={} if row is None else row.labels,
    )


@lru_cache(maxsize=16)
def _synthetic(data: Data, noise: NoiseSettings) -> Dataset:
    return datasets.synthetic(
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
        return READINGS[reading].predictive(outputs.astype(float), loss_of(experiment.loss).values)

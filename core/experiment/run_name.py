"""The name of a run in words: its loss, its data and its seed."""

from functools import lru_cache

from ..data.noise import PROFILES
from ..data.tables.columns import TableError
from ..data.tables.shipped import TABLES
from ..data.tables.table_store import table_store
from ..data.targets import TARGETS
from ..model.losses import LOSSES
from ..visitor import own_space
from .data_settings import NO_TABLE
from .experiment import Experiment

LONGEST_LABEL = 40  # of an uploaded table, whose label is the name of its file


def run_name(experiment: Experiment) -> str:
    """Loss, data and seed: “Gaussian NLL · Two sines, constant σ · seed 0”. Plain text."""
    seeds = sorted({experiment.data.seed, experiment.training.seed})
    words = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {experiment.data.seed} and {experiment.training.seed}"
    return " · ".join((LOSSES[experiment.loss.name].label, data_words(experiment), words))


def data_words(experiment: Experiment) -> str:
    """Where the points come from: the label of the table, or the curve and how its noise varies."""
    data, noise = experiment.data, experiment.noise
    if data.table in TABLES:
        return TABLES[data.table].label.partition(":")[0]
    if data.table != NO_TABLE:
        try:
            return _own_label(data.csv, own_space())
        except (TableError, OSError):
            return "a table of your own"
    curve = TARGETS[data.target].label.partition(" (")[0]
    return f"{curve}, {PROFILES[noise.profile].label.lower()} σ"


@lru_cache(maxsize=64)
def _own_label(key: str, space: str) -> str:
    """What the visitor with this space calls a table."""
    label = table_store().label(key)
    return label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}…"

"""What a browser calls the files of a run: its loss, its data, its seed and its key."""

import re
import unicodedata

from ..data.tables.columns import TableError
from ..data.tables.table_store import table_store
from ..experiment.data_settings import NO_TABLE, OWN_TABLE
from ..experiment.experiment import Experiment

LONGEST_PART = 40  # characters


def slug(text: str, otherwise: str = "file") -> str:
    """A text as a part of a file name: small letters a to z, digits and hyphens, at most LONGEST_PART of them."""
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_PART].strip("-") or otherwise


def file_stem(experiment: Experiment, key: str = "") -> str:
    """Such as gaussian-nll_two-sines_seed-0_308a913af906e6f7; `key` is the run's where it is not the experiment's."""
    return "_".join((slug(experiment.loss.name), data_slug(experiment), _seeds(experiment), key or experiment.key))


def data_slug(experiment: Experiment) -> str:
    """The name of the curve or of the table; of an uploaded table that of its file."""
    data = experiment.data
    if data.table == NO_TABLE:
        return slug(data.target)
    if data.table != OWN_TABLE:
        return slug(data.table)
    try:
        label = table_store().label(data.csv)
    except (TableError, OSError):
        return "own-table"
    return slug(re.sub(r"\.[A-Za-z0-9]{1,8}$", "", label), "own-table")


def _seeds(experiment: Experiment) -> str:
    seeds = dict.fromkeys((experiment.data.seed, experiment.training.seed))
    return "-".join(["seed" if len(seeds) == 1 else "seeds", *map(str, seeds)])

"""WAYS: ways to know what a net does not know, one row each, with what it costs and how far its split can be trusted.

Not among them: SWAG (Maddox et al. 2019, arXiv:1902.02476), which needs the weights of many late steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..experiment.experiment import Experiment
from ..training.run import Run
from .dropout_passes import PASSES, tell_by_dropout
from .evidence import EVIDENTIAL, tell_by_evidence
from .last_layer import tell_by_last_layer, why_no_laplace
from .told import Told

MEMBERS = 5
DROPOUT = 0.05  # where the experiment has none: with more, small nets predict too much noise

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """A way to tell noise from ignorance.

    `experiment` makes of any experiment the one it trains. `tell(run, x)` is what it then says at x (n,); it raises
    CannotTell with the reason where it has no answer. `why_not` says why it does not apply to an experiment, in one
    sentence, or nothing.
    `trainings` and `passes` are what it costs beside a single network: trainings, and passes through a network for each
    prediction; `keeps` says what it keeps in memory. `split` says what its two parts are, and `exact` whether they are
    those of the distribution that it predicts and follow from a posterior, or a heuristic.
    """

    name: str
    label: str
    help: str
    trainings: int
    passes: int
    keeps: str
    exact: bool
    split: str
    reference: str
    experiment: Callable[[Experiment], Experiment]
    tell: Callable[[Run, Array], Told]
    why_not: Callable[[Experiment], str] = lambda _: ""


def _one(experiment: Experiment) -> Experiment:
    return experiment.with_settings({"training.members": 1})


def _members(experiment: Experiment) -> Experiment:
    return experiment.with_settings({"training.members": MEMBERS})


def _with_dropout(experiment: Experiment) -> Experiment:
    return _one(experiment).with_settings({"network.dropout": experiment.network.dropout or DROPOUT})


def _evidential(experiment: Experiment) -> Experiment:
    return _one(experiment).with_settings({"loss.name": EVIDENTIAL})


def _tell_by_members(run: Run, x: Array) -> Told:
    """The equal mixture of all members that predict: the total of its two parts is exactly its variance."""
    return Told(run.predictive(x), run.parts(x))


_ROWS = (
    Way(
        name="one_net",
        label="One network",
        help="A single network predicts only the noise. It says nothing about what it does not know.",
        trainings=1,
        passes=1,
        keeps="one network",
        exact=True,
        split="noise alone",
        reference="Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138",
        experiment=_one,
        tell=_tell_by_members,
    ),
    Way(
        name="members",
        label="Five members",
        help=(
            "A deep ensemble: networks from different seeds on the same points. Where they disagree, none of "
            "them knows."
        ),
        trainings=MEMBERS,
        passes=MEMBERS,
        keeps="five networks",
        exact=True,
        split="exact for their mixture",
        reference="Lakshminarayanan et al. 2017, arXiv:1612.01474",
        experiment=_members,
        tell=_tell_by_members,
    ),
    Way(
        name="dropout",
        label="MC dropout",
        help=f"One network trained with dropout predicts {PASSES} times, each time with different units switched off.",
        trainings=1,
        passes=PASSES,
        keeps="one network",
        exact=True,
        split="exact for the mixture of its passes",
        reference="Gal & Ghahramani 2016, arXiv:1506.02142; Kendall & Gal 2017, arXiv:1703.04977",
        experiment=_with_dropout,
        tell=tell_by_dropout,
    ),
    Way(
        name="last_layer",
        label="Laplace, last layer",
        help="After training: a Gaussian around the last layer's weights, as wide as the data allow.",
        trainings=1,
        passes=1,
        keeps="one network, a matrix for each output",
        exact=True,
        split="exact for its approximate posterior",
        reference="Daxberger et al. 2021, arXiv:2106.14806",
        experiment=_one,
        tell=tell_by_last_layer,
        why_not=why_no_laplace,
    ),
    Way(
        name="evidential",
        label="Evidential",
        help="One network predicts a distribution over means and variances. Its split is a heuristic: it follows "
        "the penalty of the loss more than the number of points (Meinert et al. 2022).",
        trainings=1,
        passes=1,
        keeps="one network",
        exact=False,
        split="a heuristic",
        reference="Amini et al. 2020, arXiv:1910.02600; arXiv:2205.10060",
        experiment=_evidential,
        tell=tell_by_evidence,
    ),
)

WAYS: Mapping[str, Way] = MappingProxyType({row.name: row for row in _ROWS})

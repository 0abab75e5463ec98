"""STUDIES: published comparisons of losses, trained again: a preset, its variants, and what must come out.

A study is one preset trained with several losses from several seeds, as one table; its claims are what the paper says,
with margins for other seeds, each checked on that table. To add one, add a row; a variant more is one line.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from core.experiment import Experiment
from core.presets import PRESETS
from core.sections import loss_of
from core.training.run import Run

if TYPE_CHECKING:
    import pandas as pd

Settings = Mapping[str, Any]
Check = Callable[["pd.DataFrame"], bool]


@dataclass(frozen=True)
class Variant:
    """One way to train a study's preset, and what the paper's table, or a run of its code, gives for the measure."""

    settings: Settings
    published: str


@dataclass(frozen=True)
class Claim:
    """What must hold of a study's table, in words and as a check of it."""

    words: str
    holds: Check


@dataclass(frozen=True)
class Study:
    """A published comparison. `measure` is the column of the table that `published` numbers are of.

    The first variant is the one whose mean the others' are compared with (column `apart`).
    """

    name: str
    label: str
    preset: str
    measure: str
    variants: Mapping[str, Variant]
    claims: tuple[Claim, ...]
    seeds: int  # how many the claims are checked on
    reference: str

    def experiment(self, variant: str, seed: int) -> Experiment:
        """What one row of the table trains: points and training take the same seed."""
        seeds = {"data.seed": seed, "training.seed": seed}
        return PRESETS[self.preset].experiment.with_settings({**self.variants[variant].settings, **seeds})


def conduct(study: Study, seeds: Iterable[int], *, on_run: Callable[[str, int], None] | None = None) -> "pd.DataFrame":
    """Train every variant of a study from each seed: one row a run.

    seed, variant, status; rmse: of the mean to the true mean on the evaluation points; training_rmse: of the mean to
    the training points; apart: the farthest the mean lies from the first variant's of that seed there (all three in
    the unit of y); loss: mean over the last tenth of the history; floor: what the loss expects of the truth.
    `on_run` is told variant and seed before each training.
    """
    import pandas as pd

    from core.training.loop import train  # Numba: who only reads the table has no need of it

    rows = []
    for seed in seeds:
        first: np.ndarray | None = None
        for variant in study.variants:
            if on_run is not None:
                on_run(variant, seed)
            run = train(study.experiment(variant, seed))
            mean = run.on_evaluation[:, 0]
            first = mean if first is None else first
            apart = float(np.abs(mean - first).max())
            rows.append({"seed": seed, "variant": variant, "status": run.status, **_measured(run), "apart": apart})
    return pd.DataFrame(rows)


def checked(study: Study, table: "pd.DataFrame") -> dict[str, bool]:
    """Whether each claim holds of a study's table, by its words."""
    return {claim.words: claim.holds(table) for claim in study.claims}


def summary(study: Study, table: "pd.DataFrame") -> str:
    """A table for people: each variant's published number beside ours (lowest, median, highest of the seeds)."""
    lines = [f"{study.measure + ':':16} {'published':>12} {'lowest':>9} {'median':>9} {'highest':>9}"]
    lines[0] += f" {'loss':>9} {'floor':>9} {'apart':>9}"
    for name, variant in study.variants.items():
        rows = table[table["variant"] == name]
        found = rows[study.measure]
        numbers = [found.min(), found.median(), found.max(), rows["loss"].median(), rows["floor"].median()]
        cells = " ".join(f"{value:9.4f}" for value in numbers)
        lines.append(f"{name:16} {variant.published:>12} {cells} {rows['apart'].max():9.1e}")
    return "\n".join(lines)


def _measured(run: Run) -> dict[str, float]:
    data, losses = run.dataset, run.history["loss"]
    if data.truth is None:
        raise ValueError(f"{run.key} is on a table: a study needs a known truth")
    row = loss_of(run.experiment.loss)
    return {
        "rmse": _rms(run.on_evaluation[:, 0] - data.truth.mean(data.x_evaluation)),
        "training_rmse": _rms(run.outputs(data.x)[:, 0] - data.y),
        "loss": float(losses.tail(max(1, len(losses) // 10)).mean()),
        "floor": float(np.mean(row.floor(data.truth.noise, data.truth.std(data.x)))),
    }


def _rms(differences: np.ndarray) -> float:
    return float(np.sqrt(np.mean(differences**2)))


def _all_between(column: str, low: float, high: float, *variants: str) -> Check:
    """Whether a column lies between two numbers in every row of these variants."""
    return lambda table: bool(table[table["variant"].isin(variants)][column].between(low, high).all())


def _all_done(table: "pd.DataFrame") -> bool:
    return bool((table["status"] == "done").all())


def _ordered(column: str, *groups: tuple[str, ...]) -> Check:
    """Whether, of each seed, every variant of a group has a column below every one of the next group."""

    def holds(table: "pd.DataFrame") -> bool:
        wide = table.pivot(index="seed", columns="variant", values=column)
        return all((wide[list(low)].max(axis=1) < wide[list(high)].min(axis=1)).all() for low, high in pairwise(groups))

    return holds


_ENDED = Claim("Every run comes to its end.", _all_done)
_SAME_MEAN = Claim(
    "Faithful has the mean of squared error, to the last digit.",
    _all_between("apart", 0.0, 1e-9, "squared error", "faithful"),
)

# Seitzer's sine: what fits the wave, and what stays between that and plain NLL.
_FIT = ("squared error", "β-NLL, β = 1", "faithful")
_BETWEEN = ("β-NLL, β = 0.5", "CRPS")

_ROWS = (
    Study(
        name="seitzer-sine",
        label="Seitzer's sine: a negative loss that is far from good",
        preset="seitzer-sine",
        measure="training_rmse",
        variants={
            "squared error": Variant({"loss.name": "squared_error"}, "0.013–0.03"),
            "β-NLL, β = 1": Variant({"loss.name": "beta_nll", "loss.beta": 1.0}, "0.013–0.03"),
            "faithful": Variant({"loss.name": "faithful"}, "–"),
            "β-NLL, β = 0.5": Variant({"loss.name": "beta_nll", "loss.beta": 0.5}, "0.17"),
            "CRPS": Variant({"loss.name": "gaussian_crps"}, "0.17"),
            "Gaussian NLL": Variant({"loss.name": "gaussian_nll"}, "0.23"),
        },
        claims=(
            _ENDED,
            Claim(
                "Squared error, β = 1 and faithful fit the wave: training RMSE from 0.009 to 0.04, in no order.",
                _all_between("training_rmse", 0.009, 0.04, *_FIT),
            ),
            Claim("β = 0.5 and CRPS stay between: 0.14 to 0.2.", _all_between("training_rmse", 0.14, 0.2, *_BETWEEN)),
            Claim("Plain NLL stays near 0.23.", _all_between("training_rmse", 0.21, 0.25, "Gaussian NLL")),
            Claim(
                "With every seed plain NLL is the worst, β = 0.5 and CRPS the next.",
                _ordered("training_rmse", _FIT, _BETWEEN, ("Gaussian NLL",)),
            ),
            Claim(
                "Plain NLL's own loss looks fine, near −1.75, where −4.11 is possible.",
                lambda table: (
                    _all_between("loss", -1.9, -1.6, "Gaussian NLL")(table)
                    and _all_between("floor", -4.11, -4.1, "Gaussian NLL")(table)
                ),
            ),
            _SAME_MEAN,
        ),
        seeds=3,
        reference="Seitzer et al. 2022, arXiv:2203.09168",
    ),
    Study(
        name="stirn-toy",
        label="Stirn's toy: a variance that spoils the mean, and one that does not",
        preset="stirn-toy",
        measure="rmse",
        variants={
            "squared error": Variant({"loss.name": "squared_error"}, "0.7–1.3"),
            "faithful": Variant({"loss.name": "faithful"}, "0.7–1.3"),
            "β-NLL, β = 1": Variant({"loss.name": "beta_nll", "loss.beta": 1.0}, "0.6–1.6"),
            "Gaussian NLL": Variant({"loss.name": "gaussian_nll"}, "5–6"),
        },
        claims=(
            _ENDED,
            _SAME_MEAN,
            Claim(
                "Squared error and faithful follow the lone points: RMSE of the mean from 0.25 to 1.6.",
                _all_between("rmse", 0.25, 1.6, "squared error", "faithful"),
            ),
            Claim("So does β = 1, less surely: 0.2 to 2.", _all_between("rmse", 0.2, 2.0, "β-NLL, β = 1")),
            Claim("Plain NLL gives them up: 4 to 10.", _all_between("rmse", 4.0, 10.0, "Gaussian NLL")),
        ),
        seeds=5,
        reference="Stirn et al. 2023, arXiv:2212.09184",
    ),
)

STUDIES: Mapping[str, Study] = MappingProxyType({row.name: row for row in _ROWS})

"""A run as what arviz examines: each network of an ensemble is one draw."""

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..training.run import Run
from .toolbox import judged_at

_ROWS = "row"  # the dimension of the points


def to_arviz(run: Run, x: Any = None, y: ArrayLike | None = None, *, draws: int = 1000, seed: int = 0) -> Any:
    """The InferenceData of a run (a DataTree from arviz 1 on), at its held-out points, or for rows x and their y (n,).

    Each of the M networks is one draw of a single chain: they are independent, so that no chain needs to be told from
    another. The groups, with the last dimension `row`, n points, all in the unit of y:

    posterior: `mean` and `std` (1, M, n), what each network predicts.
    posterior_predictive: `y` (1, draws, n), drawn from the equal mixture of all networks with this seed.
    log_likelihood: `y` (1, M, n), log p(y) by each network, in nats. log of the mean of p over draws is −NLL of a run.
    observed_data: `y` (n,).

    On held-out rows that mean is the score. `az.loo` is for rows that were trained on, such as `run.dataset.x` with
    `run.target(run.dataset.y)`; arviz 1 takes 25 networks or more for it, and of few it warns that they do not tell.

    Raises ImportError without arviz, and ValueError for x without y.
    """
    from_dict = _from_dict()
    groups = groups_of(run, x, y, draws, seed)
    dims = {name: [_ROWS] for name in ("mean", "std", "y")}
    if "posterior" in signature(from_dict).parameters:  # before arviz 1
        return from_dict(**groups, dims=dims)
    return from_dict(groups, dims=dims)


def groups_of(run: Run, x: Any, y: ArrayLike | None, draws: int, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """The groups of `to_arviz` as arrays by name."""
    judged = judged_at(run, x, y)
    law, seen = judged.predictive, judged.y
    members = law.members if len(run.predicting) > 1 else (law,)

    def of_each(values: list[Any]) -> np.ndarray:
        return np.stack([np.broadcast_to(each, seen.shape) for each in values])[None]

    return {
        "posterior": {"mean": of_each([one.mean for one in members]), "std": of_each([one.std for one in members])},
        "posterior_predictive": {"y": np.asarray(law.sample(draws, seed))[None]},
        "log_likelihood": {"y": of_each([one.log_prob(seen) for one in members])},
        "observed_data": {"y": seen},
    }


def _from_dict() -> Any:
    try:
        import arviz  # type: ignore[import-not-found]
    except ImportError:
        raise ImportError("arviz is not installed: pip install arviz") from None
    return arviz.from_dict

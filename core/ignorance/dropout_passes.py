"""MC dropout: a net trained with dropout predicts with dropout, many times, and its passes part where it is ignorant.

Gal & Ghahramani 2016, arXiv:1506.02142; with a predicted variance: Kendall & Gal 2017, arXiv:1703.04977.
"""

import numpy as np
from numpy.typing import NDArray

from ..data.tables.encoding import inputs_of
from ..experiment.build import read
from ..experiment.loss_settings import loss_of
from ..model.networks import ACTIVATIONS, Architecture, forward, split
from ..training.frame import outputs_of
from ..training.run import Run
from .told import CannotTell, Told, told_by

PASSES = 100
MOST_PASSES = 1000
MOST_NUMBERS = 20_000_000  # outputs of all passes at once: 160 MB
_BLOCK = 1024  # points at a time, so that a hidden layer stays in the cache of a core
_STREAM = 16  # of the seed of the training, for masks at prediction

Array = NDArray[np.float64]


def masks(architecture: Architecture, keep: float, passes: int, seed: int) -> Array:
    """What multiplies the hidden units in each pass, (passes, units): 0, or 1/keep with probability `keep`.

    As in training (inverted dropout), so that a unit keeps its mean. A pass has one mask for all points: it is one net
    drawn from the approximate posterior, and its curve is smooth. Units stand layer by layer, net by net.
    """
    units = architecture.nets * sum(architecture.layers)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    return (rng.random((passes, units)) < keep) / keep


def dropout_outputs(run: Run, x: Array, passes: int = PASSES, seed: int | None = None) -> Array:
    """Outputs (passes, n, H) at x, each pass with a mask of its own, in the unit of what was fitted.

    `seed` is that of the masks; None: the seed of the training. x is as in `Run.predict`.

    Raises CannotTell if the run was trained without dropout or has no weights, and ValueError for a number of passes
    that is not 1 to MOST_PASSES or more outputs than MOST_NUMBERS.
    """
    dropout, loss = run.experiment.network.dropout, loss_of(run.experiment.loss)
    if not dropout:
        raise CannotTell("It was trained without dropout: set Dropout above 0 and train it again.")
    if not run.has_curve:
        raise CannotTell("It has no finite weights to predict with.")
    if not 1 <= passes <= MOST_PASSES:
        raise ValueError(f"passes is {passes}: it must be a whole number from 1 to {MOST_PASSES:,}")
    architecture, inputs = run.architecture, run.scaling.x_in(inputs_of(x, run.input_encoding))
    if passes * len(inputs) * architecture.outputs > MOST_NUMBERS:
        most = MOST_NUMBERS // (passes * architecture.outputs)
        raise ValueError(f"x has {len(inputs):,} points: with {passes} passes it may have {most:,} at once")
    drawn = masks(architecture, 1 - dropout, passes, run.experiment.training.seed if seed is None else seed)
    raw = np.stack([_one_pass(run.weights, inputs, architecture, mask) for mask in drawn])
    outputs = outputs_of(loss, raw, run.scaling)
    if loss.has_scale:
        return outputs
    constant = np.full((*outputs.shape[:-1], 1), run.residual_log_variance)
    return np.concatenate([outputs, constant], axis=-1)


def _one_pass(flat: np.ndarray, x: Array, architecture: Architecture, mask: Array) -> Array:
    """Raw outputs (n, H) of the net whose hidden units are multiplied by `mask` (units,)."""
    parameters = split(flat.astype(np.float64), architecture)

    def of_block(part: Array) -> Array:
        each = forward(
            parameters,
            part,
            architecture,
            activation=ACTIVATIONS[architecture.activation].numpy,
            affine=lambda b, h, w: b + h @ w,
            dropout=lambda hidden, place: hidden * mask[place : place + hidden.shape[-1]],
        )
        return np.stack(each, axis=-1)

    return np.concatenate([of_block(x[i : i + _BLOCK]) for i in range(0, len(x), _BLOCK)])


def tell_by_dropout(run: Run, x: Array, passes: int = PASSES, seed: int | None = None) -> Told:
    """The equal mixture of all passes at x (n,), in two parts; see `dropout_outputs` for what raises."""
    outputs = dropout_outputs(run, x, passes, seed)
    return told_by([run.in_unit_of_y(read(run.experiment, each)) for each in outputs])

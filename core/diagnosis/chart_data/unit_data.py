"""What the units of a net compute over x, and with which weights they go into the next layer: for the drawn net.

Drawn are the units that matter most. Of the last hidden layer those with the largest |weight| · std, std being that of
the unit over the grid of x; of a layer before it, those that so reach the units drawn after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import evenly
from ...experiment.build import architecture_of, dataset_of
from ...experiment.experiment import Experiment
from ...experiment.loss_settings import loss_of
from ...model.networks import ACTIVATIONS, Architecture, split
from ...training.filmed_weights import filmed_weights
from ...training.run import Run

MOST_UNITS = 128  # in the last hidden layer
MOST_OUTPUTS = 3
LAST, BEFORE = 24, 8  # units drawn of the last hidden layer, and of each before it
LAYERS_BEFORE = 2  # layers drawn before the last one
POINTS = 40  # of the grid of x
KEPT = 4  # runs whose drawing is remembered

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LayerUnits:
    """The drawn units of one hidden layer.

    number: of the layer, from 1. of: how many units it has. units: which are drawn, (units,), from 0. curves: what they
    compute, (frames, units, points). leads: weight · std into each unit drawn of the next layer, or into each output,
    (frames, units, next), in training units.
    """

    number: int
    of: int
    units: NDArray[np.int_]
    curves: Array
    leads: Array


@dataclass(frozen=True, eq=False)
class DrawnNet:
    """The drawn layers of a net, the last hidden one last, and its outputs in the unit of y, (frames, outputs, points).

    steps: of the frames, (frames,); of the last step alone where the weights of the others are not known.
    """

    x: Array
    steps: NDArray[np.int_]
    layers: tuple[LayerUnits, ...]
    outputs: Array
    names: tuple[str, ...]


def why_not_drawn(experiment: Experiment) -> str:
    """Why the network of an experiment is not drawn, in one sentence; empty if it is."""
    if dataset_of(experiment).inputs != 1:
        return "Units are drawn over x, and this network has several inputs."
    if experiment.network.heads != "shared":
        return "A network is drawn where its outputs share their layers."
    if experiment.network.layers[-1] > MOST_UNITS:
        return f"A network is drawn with at most {MOST_UNITS} units in its last layer."
    if len(loss_of(experiment.loss).outputs) > MOST_OUTPUTS:
        return f"A network is drawn with at most {MOST_OUTPUTS} outputs."
    return ""


def drawn_net(run: Run) -> DrawnNet:
    """The drawn network of a run's first member. Raises ValueError with a sentence where it is not drawn."""
    if reason := why_not_drawn(run.experiment):
        raise ValueError(reason)
    if not run.has_curve:
        raise ValueError("There is no network to draw: the run has no finite weights.")
    return _drawn(run)


@lru_cache(maxsize=KEPT)
def _drawn(run: Run) -> DrawnNet:
    filmed = filmed_weights(run)
    weights = run.weights[None] if filmed is None else filmed
    frames = slice(None) if filmed is not None else slice(-1, None)
    grid = evenly(len(run.dataset.x_grid), POINTS)
    x, architecture = run.dataset.x_grid[grid], architecture_of(run.alone.experiment)
    hidden, leads = zip(*(_units(flat, run.scaling.x_in(x), architecture) for flat in weights), strict=True)
    outputs = run.frame_outputs[frames][:, grid].transpose(0, 2, 1).astype(float)
    outputs = outputs[:, : len(loss_of(run.experiment.loss).outputs)]
    names = tuple(output.label for output in loss_of(run.experiment.loss).outputs)
    return DrawnNet(x, run.frame_steps[frames], _layers(hidden, leads), outputs, names)


def _units(flat: np.ndarray, x: Array, architecture: Architecture) -> tuple[list[Array], list[Array]]:
    """Of each hidden layer its units over x, (units, points), and weight · std into the next, (units, next)."""
    activation, parameters = ACTIVATIONS[architecture.activation].numpy, split(flat.astype(np.float64), architecture)
    hidden, found, leads = x, [], []
    for w, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        hidden = activation(b + hidden @ w)
        found.append(hidden.T)
    for units, w in zip(found, parameters[2::2], strict=True):
        leads.append(units.std(axis=1)[:, None] * w)
    return found, leads


def _layers(hidden: Sequence[list[Array]], leads: Sequence[list[Array]]) -> tuple[LayerUnits, ...]:
    """The drawn layers, chosen by the last frame."""
    layers: list[LayerUnits] = []
    last, after = len(hidden[-1]) - 1, slice(None)
    for place in range(last, max(-1, last - LAYERS_BEFORE - 1), -1):
        reach = np.abs(leads[-1][place][:, after])
        share = reach / np.maximum(reach.max(axis=0), np.finfo(float).tiny)
        chosen = np.sort(np.argsort(-share.sum(axis=1), kind="stable")[: LAST if place == last else BEFORE])
        if place == last:  # from those that matter most to the first output to those of the last, so that lines part
            towards = share[chosen] @ np.linspace(0, 1, share.shape[1]) / share[chosen].sum(axis=1)
            chosen = chosen[np.argsort(np.nan_to_num(towards), kind="stable")]
        curves = np.stack([frame[place][chosen] for frame in hidden])
        led = np.stack([frame[place][chosen][:, after] for frame in leads])
        layers.append(LayerUnits(place + 1, len(hidden[-1][place]), chosen, curves, led))
        after = chosen
    return tuple(reversed(layers))

"""The drawn net of a run: its units over x, how they add up to its outputs, and its film."""

from typing import NamedTuple

import numpy as np

from ...diagnosis.chart_data.unit_data import DrawnNet, LayerUnits, drawn_net
from ...experiment.loss_settings import loss_of
from ...model.losses.row import LOG_VARIANCE, Output
from ...training.run import Run
from ...words import axis_name, number
from ..domains import nice
from ..drawing import Drawing, Style
from ..hidden_units import Column, NetFilm, Outputs, net_drawing, net_spec
from ..spec import Domain
from .scene import scene

ALT = "Small curves of the units over x, joined by lines as wide as their weights, and the outputs at the right"


class NetChart(NamedTuple):
    """The drawing, its film if the weights of earlier steps are known, what is drawn, and what is seen on it."""

    drawing: Drawing
    film: NetFilm | None
    words: str
    seen: str


def net_chart(run: Run, style: Style, film: int) -> NetChart:
    """The drawn net; `film` is the number of the run's film. Raises ValueError with a sentence where there is none."""
    net = drawn_net(run)
    columns = [Column(_title(layer), _names(layer, net), layer.curves, layer.leads) for layer in net.layers]
    table, moving, begins = net_drawing(columns, _outputs(run, net), run=film, steps=net.steps.tolist())
    title = f"The network: its units over {axis_name(run.dataset.x_label)}"
    return NetChart(Drawing(net_spec(style.scheme, begins, title=title), table), moving, _words(net), _seen(net))


def _title(layer: LayerUnits) -> str:
    drawn = f"{len(layer.units)} of {layer.of}" if len(layer.units) < layer.of else f"{layer.of} units"
    return f"Layer {layer.number}: {drawn}"


def _names(layer: LayerUnits, net: DrawnNet) -> list[str]:
    """The units by name; those of the last layer with what they bring to each output."""
    names = [f"{unit + 1} of layer {layer.number}" for unit in layer.units]
    if layer is not net.layers[-1]:
        return names
    led = layer.leads[-1]
    brought = [", ".join(f"{name} {number(v)}" for name, v in zip(net.names, row, strict=True)) for row in led]
    return [f"{name}; weight × std: {more}" for name, more in zip(names, brought, strict=True)]


def _outputs(run: Run, net: DrawnNet) -> Outputs:
    """The outputs on axes that do not move with the film, beside the truth where there is one."""
    axes, truth = scene(run.experiment), run.dataset.truth
    domains: list[Domain] = []
    truths: list[np.ndarray | None] = []
    for output, curves in zip(loss_of(run.experiment.loss).outputs, net.outputs.transpose(1, 0, 2), strict=True):
        right = None if truth is None else _truth(output, truth.mean(net.x), truth.std(net.x))
        domains.append(axes.y_domain if output.is_location else _reach(curves[len(curves) // 2 :], right))
        truths.append(right)
    return Outputs(net.names, net.outputs, domains, truths)


def _truth(output: Output, mean: np.ndarray, std: np.ndarray) -> np.ndarray | None:
    """What the output of a right net is, for those outputs that name it."""
    if output == LOG_VARIANCE:
        return 2 * np.log(std)
    return mean if output.name == "mean" else None


def _reach(curves: np.ndarray, right: np.ndarray | None) -> Domain:
    values = np.concatenate([curves.ravel(), *([] if right is None else [right])])
    values = values[np.isfinite(values)]
    return nice(float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def _words(net: DrawnNet) -> str:
    last = net.layers[-1]
    said = ["Each small curve is a unit over x. Lines are weights: blue adds, orange subtracts, wide counts more."]
    if len(last.units) < last.of:
        said.append(
            f"Drawn are the {len(last.units)} of {last.of} units in the last layer with the largest |weight| × std."
        )
    if len(net.steps) == 1:
        said.append(f"The drawing is of step {net.steps[-1]:,}, the last one: this run does not move with the film.")
    return " ".join(said)


def _seen(net: DrawnNet) -> str:
    """Of each output the unit that counts most for it, by weight × std at the last step."""
    last = net.layers[-1]
    said = []
    for name, led in zip(net.names, last.leads[-1].T, strict=True):
        most = int(np.abs(led).argmax())
        does = "adds to" if led[most] > 0 else "subtracts from"
        said.append(
            f"Unit {last.units[most] + 1} of layer {last.number} {does} the {name} most, by {number(abs(led[most]))}."
        )
    return " ".join(said)

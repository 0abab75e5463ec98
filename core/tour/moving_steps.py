"""Steps four and five: what moves the value of a loss and leaves the fit as it is, a unit of y and a constant."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ..charts.domains import nice
from ..charts.drawing import Drawing, Style
from ..charts.of_run.scene import scene
from ..diagnosis.chart_data.loss_data import loss_in_unit
from ..diagnosis.finding import Finding
from ..evaluation.loss_parts import history_in_unit
from ..experiment.experiment import Experiment, loss_unit
from ..experiment.loss_settings import loss_of
from ..training.run import Run
from . import tour_charts
from .seeing_steps import GROWING, loss_at_end, said, simply
from .step import Control, Question, Seen, Step
from .tour_claims import claim

_UNITS: Mapping[float, str] = MappingProxyType({0.1: "10 times smaller", 1.0: "as it is", 10.0: "10 times larger"})
OFFSET = 17.2  # of an answer to the question
_OFFSETS: Mapping[float, str] = MappingProxyType({1.0: "1", 5.0: "5", OFFSET: f"{OFFSET}"})

_FIT = "Points, the predicted mean with a band of two predicted std, and the true band, dashed, over x"


def _unit(seen: Seen) -> Finding:
    run, before = seen.run, loss_at_end(seen.run)
    covered = claim("covered", run.scores["coverage_95"])
    if seen.value == 1:
        words = "The loss ends at {loss}; the network's intervals hold {covered} of new points. Now change the unit."
        return said(words, claim("loss", before), covered)
    after = float(loss_in_unit(loss_of(run.experiment.loss), before, seen.value))
    size = "larger" if seen.value > 1 else "smaller"
    words = (
        f"In a unit {{factor}} times {size} the loss moves by {{moved_by}}, to {{loss_after}}, "
        "and the network's intervals still hold {covered} of new points."
    )
    return said(
        words,
        claim("factor", max(seen.value, 1 / seen.value)),
        claim("moved_by", after - before),
        claim("loss_after", after),
        covered,
    )


def _unit_chart(seen: Seen, style: Style) -> Drawing:
    run, loss = seen.run, loss_of(seen.run.experiment.loss)
    low, high = scene(run.experiment).loss_domain
    reach = math.log(max(_UNITS))
    history = history_in_unit(run.history, loss.unit_power, loss.unit_shift, seen.value)
    floor = float(loss_in_unit(loss, tour_charts.floor_of(run), seen.value))
    title = f"Loss by step, {loss_unit(run.experiment)} per point; in grey as it was"
    return tour_charts.moved_loss(run, history, floor, nice(low - reach, high + reach), title, style)


def _same_fit(seen: Seen, style: Style) -> Drawing:
    return tour_charts.band(seen.run, (GROWING,), style, factor=seen.value)


def _with_offset(offset: float) -> tuple[Experiment, ...]:
    return GROWING, GROWING.with_settings({"loss.offset": offset})


def different_bits(one: Run, other: Run) -> int:
    """How many parameters of two runs of one network differ in any bit."""
    if one.weights.shape != other.weights.shape:
        return max(one.weights.size, other.weights.size)
    return int(np.sum(one.weights.view(np.uint32) != other.weights.view(np.uint32)))


def _offset(seen: Seen) -> Finding:
    plain, moved = seen.runs
    differ = different_bits(plain, moved)
    found = (
        claim("offset", seen.value),
        claim("loss_after", loss_at_end(moved)),
        claim("parameters", plain.weights.size),
    )
    if differ:
        words = (
            "With {offset} subtracted the loss ends at {loss_after}, and {different} of {parameters} parameters differ."
        )
        return said(words, *found, claim("different", differ))
    words = (
        "With {offset} subtracted the loss ends at {loss_after}; all {parameters} parameters are the same to the bit."
    )
    return said(words, *found)


def _offset_chart(seen: Seen, style: Style) -> Drawing:
    plain, moved = seen.runs
    low, high = scene(plain.experiment).loss_domain
    floor = tour_charts.floor_of(moved)
    title = f"Loss by step, {loss_unit(plain.experiment)} per point; in grey as it was"
    return tour_charts.moved_loss(plain, moved.history, floor, nice(low - max(_OFFSETS), high), title, style)


def _by_how_much(seen: Seen) -> Finding:
    moved = -math.log(max(_UNITS))
    return said(
        "By −log k for a unit k times larger: {moved_by} for {factor}.",
        claim("moved_by", moved),
        claim("factor", max(_UNITS)),
    )


MOVING = (
    Step(
        name="unit",
        control=Control("choose", "Unit of y", _UNITS, 10.0),
        experiments=lambda _: (GROWING,),
        said=_unit,
        draw=_unit_chart,
        shows="The loss by step with y in the chosen unit, and in grey as it was",
        stays=(_same_fit, f"{_FIT}, with y in the chosen unit"),
        questions=(
            Question("By how much does the loss move?", _by_how_much),
            Question(
                "Is a network with loss −3 better than one with −1?",
                simply("Only on the same data in the same unit: otherwise the two numbers cannot be compared."),
            ),
        ),
    ),
    Step(
        name="constant",
        control=Control("choose", "Subtract from the loss", _OFFSETS, OFFSET),
        experiments=_with_offset,
        said=_offset,
        draw=_offset_chart,
        shows="The loss by step with the constant subtracted, and in grey without",
        stays=(lambda seen, style: tour_charts.band(seen.run, (GROWING,), style), _FIT),
        questions=(
            Question(
                "Why does the constant change no parameter?",
                simply("Training follows the gradient, and the gradient of a constant is zero."),
            ),
            Question(
                "So what does the sign of a loss tell you?",
                simply("Nothing alone. What counts is the distance to the floor of the same loss."),
            ),
        ),
    ),
)

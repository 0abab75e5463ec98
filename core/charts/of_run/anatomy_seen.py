"""What is seen on the charts of the Anatomy page, in words with numbers."""

import numpy as np

from ...diagnosis.chart_data import loss_data
from ...diagnosis.chart_data.head_data import head_pull
from ...diagnosis.chart_data.point_data import one_point
from ...diagnosis.chart_data.pull_data import ALIKE, pull, pull_sentence
from ...evaluation.loss_parts import final_loss
from ...experiment.loss_settings import loss_of
from ...training.run import Run
from ...words import number, quantity
from ..curve_words import curve_words, place_on
from .fit_seen import loss_seen, shown_number, terms_words
from .scene import Shown, terms_of


def terms_seen(shown: Shown) -> str:
    """Where the loss and its terms end, and whether that is inside the band of a perfect model."""
    experiment, loss = shown.experiment, loss_of(shown.experiment.loss)
    added = (loss.constant or 0.0) if shown.with_constant else 0.0
    history = terms_of(experiment, shown.moment.history)
    final = final_loss(history["loss"])
    if final is None:
        return "No step has a finite loss yet."
    words = [f"The loss ends at {shown_number(loss, final + added)}.", terms_words(loss, history, added)]
    if (band := loss_data.band(experiment, added)) is not None:
        low, high = band
        side = "inside" if low <= final + added <= high else "above" if final + added > high else "below"
        words.append(
            f"That is {side} the band of a perfect model, {shown_number(loss, low)} to {shown_number(loss, high)}."
        )
    return " ".join(filter(None, words))


def floor_seen(shown: Shown) -> str:
    """How the floor runs with σ, where it is zero, and on which side this experiment is."""
    found = loss_data.floor_curve(shown.experiment)
    said = loss_data.floor_sentence(shown.experiment, shown.run, with_constant=shown.with_constant)
    if found is None:
        return said
    constant = loss_of(shown.experiment.loss).constant or 0.0
    floor = found.floor + (constant if shown.with_constant else 0.0)
    return f"{curve_words('The floor', found.sigma, floor, place_on('σ'))} {said}"


def point_seen(shown: Shown) -> str:
    """Where the loss of one point is lowest, and what that means."""
    loss = loss_of(shown.experiment.loss)
    found = one_point(loss, loss_data.typical_std(shown.experiment), shown.residual)
    lowest = "" if found.minimum is None else f" The lowest loss is {number(found.minimum[1])}."
    return f"{found.sentence}{lowest}"


def head_seen(shown: Shown) -> str:
    """How hard a residual drives the second output, at several predicted std."""
    return head_pull(loss_of(shown.experiment.loss)).sentence


def pull_seen(run: Run) -> str:
    """Which points drive the mean at the end, and how unequal that was at the first moment drawn."""
    found = pull(run)
    words = [pull_sentence(run)]
    if found is not None and len(found.steps) > 1:
        first = found.moments[0]
        known = found.weights[first][np.isfinite(found.weights[first]) & (found.weights[first] > 0)]
        if known.size:
            high, low = np.quantile(known, [0.9, 0.1])
            ratio = float(high / low)
            said = "almost equal" if ratio < ALIKE else f"{quantity(ratio)} to 1"
            words.append(f"At step {found.steps[first]:,.0f} strongest to weakest tenth were {said}.")
    return " ".join(words)


def new_unit_seen(shown: Shown, k: float) -> str:
    """What the loss reads in a unit of y that is `k` times larger."""
    return loss_seen(shown) if shown.run is None else loss_data.unit_sentence(shown.run, k)

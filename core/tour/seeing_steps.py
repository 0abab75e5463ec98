"""The first three steps: a net that sees noise which varies, its loss crossing zero, and where the floor crosses."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ..charts.drawing import Drawing, Style
from ..charts.of_run.scene import Moment, scene
from ..charts.series import course, lasting_crossing
from ..diagnosis.finding import Claim, Finding
from ..evaluation.loss_parts import final_loss, geometric_mean
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..experiment.presets import OPENING, PRESETS
from ..training.run import Run
from . import tour_charts
from .step import Control, Question, Seen, Step
from .tour_claims import claim

GROWING = PRESETS[OPENING].experiment  # what the Laboratory opens with
# In slow motion: in the unit of y the loss begins far above zero, and a low rate lets one watch it fall.
_SLOW = GROWING.with_settings(
    {
        "training.standardise": False,
        "training.learning_rate": 5e-4,
        "training.batch_size": 64,
        "training.steps": 1000,
    }
)
_PROFILES: Mapping[str, str] = MappingProxyType(
    {"linear": "grows", "sine": "a wave", "bump": "a burst", "constant": "the same"}
)
_SIGMAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0)


def said(sentence: str, *claims: Claim) -> Finding:
    """A sentence of the tour, which stands under the heading of its step."""
    return Finding.said("open", "", sentence, claims)


def simply(answer: str) -> Callable[[Seen], Finding]:
    """An answer without numbers, the same for every run."""
    return lambda _: said(answer)


def loss_at_end(run: Run) -> float:
    """What the training loss of a run ends at; NaN if it never was finite."""
    found = final_loss(run.history["loss"])
    return float("nan") if found is None else found


def _with_profile(profile: str) -> tuple[Experiment, ...]:
    return (GROWING.with_settings({"noise.profile": profile}),)


def stds(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The true σ and the predicted std on the grid."""
    truth, curve = run.dataset.truth, Moment.of_run(run, behind=True).curve
    assert truth is not None
    assert curve is not None
    return truth.std(run.dataset.x_grid), curve.std


def _noise(seen: Seen) -> Finding:
    true, std = stds(seen.run)
    found = claim("std_low", std.min()), claim("std_high", std.max())
    if np.ptp(true) < 1e-9:
        words = "The true σ is {sigma} everywhere; shown the points alone, the network finds {std_low} to {std_high}."
        return said(words, claim("sigma", true[0]), *found)
    words = "σ runs from {true_low} to {true_high}; shown the points alone, the network finds {std_low} to {std_high}."
    return said(words, claim("true_low", true.min()), claim("true_high", true.max()), *found)


def _noise_chart(seen: Seen, style: Style) -> Drawing:
    every = tuple(each for profile in _PROFILES for each in _with_profile(profile))
    return tour_charts.band(seen.run, every, style)


def _crossing(seen: Seen) -> Finding:
    run = seen.run
    drawn = course(run.history, scene(run.experiment).step_domain, ("loss",))
    found = lasting_crossing(drawn["step"], drawn["smooth_loss"])
    ends = claim("loss", loss_at_end(run)), claim("floor", tour_charts.floor_of(run))
    if found is None:
        return said("This loss never stays below zero: it ends at {loss}, and its floor is {floor}.", *ends)
    words = "From step {crossed_at} on the loss is below zero, and it ends at {loss}, close to its floor of {floor}."
    return said(words, claim("crossed_at", found.step), *ends)


def _at_sigma(sigma: float) -> tuple[Experiment, ...]:
    return (Experiment.from_settings({"noise.scale": sigma}),)


def _crossing_sigma(run: Run, constant: float = 0.0) -> float:
    truth = run.dataset.truth
    assert truth is not None
    found = loss_of(run.experiment.loss).negative_below(truth.noise, constant)
    assert found is not None
    return found


def _floor(seen: Seen) -> Finding:
    run, crossing = seen.run, _crossing_sigma(seen.run)
    side, sign = ("below", "negative") if run.experiment.noise.scale < crossing else ("above", "positive")
    words = (
        f"σ = {{sigma}} is {side} {{crossing}}: the lowest possible loss is {sign}, {{floor}}; "
        "the network has {loss}."
    )
    return said(
        words,
        claim("sigma", run.experiment.noise.scale),
        claim("crossing", crossing),
        claim("floor", tour_charts.floor_of(run)),
        claim("loss", loss_at_end(run)),
    )


def _why_low(seen: Seen) -> Finding:
    low = geometric_mean(stds(seen.run)[0])
    words = "It contains log σ, and the log of a small σ is negative. Here σ is {typical_sigma} on (geometric) average."
    return said(words, claim("typical_sigma", low))


def _with_constant(seen: Seen) -> Finding:
    constant = loss_of(seen.run.experiment.loss).constant or 0.0
    words = "The full likelihood adds {constant} to every point. Its floor is negative only below σ = {full_crossing}."
    return said(words, claim("constant", constant), claim("full_crossing", _crossing_sigma(seen.run, constant)))


SEEING = (
    Step(
        name="noise",
        control=Control("choose", "How σ changes along x", _PROFILES, "linear"),
        experiments=_with_profile,
        said=_noise,
        draw=_noise_chart,
        shows="Points, the predicted mean with a band of two predicted std, and the true band, dashed, over x",
        questions=(
            Question(
                "Nobody gave the network a variance. Where does it learn one?",
                simply("From the size of its own errors: where they are large, a large std makes the loss smaller."),
            ),
            Question(
                "What would a network with squared error show here?",
                simply("The same mean, and one constant std: the average of all errors, wrong nearly everywhere."),
            ),
        ),
    ),
    Step(
        name="crossing",
        control=Control("film", "Training", {None: "play"}, None),
        experiments=lambda _: (_SLOW,),
        said=_crossing,
        draw=lambda seen, style: tour_charts.loss(seen.run, style),
        shows="The loss by step, with the zero line and the floor",
        questions=(
            Question("Did anything break at zero?", simply("No. Zero is no limit of this loss: it only passes by.")),
            Question("Why can this loss be negative at all?", _why_low),
        ),
    ),
    Step(
        name="floor",
        control=Control("slide", "σ of the noise", {sigma: f"{sigma:g}" for sigma in _SIGMAS}, 0.4),
        experiments=_at_sigma,
        said=_floor,
        draw=lambda seen, style: tour_charts.floor(seen.run, loss_at_end(seen.run), style),
        shows="The lowest possible loss against σ, where it is zero, the σ of the noise, and the loss of the network",
        questions=(
            Question(
                "A colleague's loss is positive. Is that network worse?",
                simply("Not for that reason. With more noise, or another unit of y, the best loss is positive."),
            ),
            Question("PyTorch can add a constant with full=True. Where does the sign change then?", _with_constant),
        ),
    ),
)

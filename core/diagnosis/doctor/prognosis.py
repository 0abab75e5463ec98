"""What the doctor foretells of an experiment's loss, and how that stands beside what training came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from core.data.noise import NOISES, Noise
from core.diagnosis.chart_data.point_data import GRID, OnePoint, why_no_curve
from core.diagnosis.doctor.examination import Diagnosis, examine
from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.ended_rules import fix_of
from core.diagnosis.verdict.evidence import Evidence
from core.evaluation.loss_parts import geometric_mean, lowest, scatter
from core.experiment.build import dataset_of, read_as
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES, Loss
from core.model.readings import READINGS
from core.model.stationary import expected_terms
from core.training.run import Run
from core.words import number, quantity, size

# Formulas worth a look, by what they are.
FORMULAS: Mapping[str, str] = MappingProxyType(
    {
        "Posted": "0.5*exp(-s)*abs(r) + 0.5*s",
        "No ½": "exp(-s)*r**2 + 0.5*s",
        "Log std": "0.5*exp(-2*s)*r**2 + s",
        "Precision": "0.5*exp(s)*r**2 - 0.5*s",
        "Cauchy": "log(1 + r**2*exp(-s)) + 0.5*s",
        "90 % quantile": "exp(-s)*max(0.9*r, -0.1*r) + s",
        "exp(+s)": "0.5*exp(s)*r**2 + 0.5*s",
        "Log term lost": "0.5*exp(-s)*r**2",
    }
)
RIGHT = 0.05  # relative: a std nearer than that to σ is called right
_AROUND = (-3.0, 4.0)  # of the stationary point, in s
_ANYWHERE = (-6.0, 6.0)
_MIDDLES = (
    "the mean",
    "the median",
    "a place between the mean and the median",
    "a middle other than the mean and the median",
)
_NO_POINT: Mapping[str, str] = {
    "unbounded": "This loss falls for ever",
    "escapes": "This loss is lowest at infinity",
    "not unique": "This loss does not say which",
    "undefined": "This loss has no value on this noise",
}


@dataclass(frozen=True)
class Ground:
    """The noise that a loss is examined on, its σ (unit of y), and both in words."""

    noise: Noise
    std: float
    words: str


def ground_of(experiment: Experiment) -> Ground:
    """The noise of an experiment, its σ the geometric mean over x; of a real table Gaussian noise as wide as its own.

    A loss that meets every prediction with every target has all y for its noise.
    """
    data = dataset_of(experiment)
    if loss_of(experiment.loss).fits_constant:
        std = float(f"{data.y.std():.6g}")
        return Ground(NOISES["gaussian"], std, f"the spread of all y, {quantity(std)}")
    if data.truth is None:
        rough, how = (_linear_scatter, "a linear fit") if data.inputs > 1 else (scatter, "neighbours in x")
        std = float(f"{rough(data.x, data.y):.6g}") or float(data.y.std())
        return Ground(NOISES["gaussian"], std, f"Gaussian noise of σ = {quantity(std)}, estimated from {how}")
    std = float(f"{geometric_mean(data.truth.std(data.x)):.6g}")
    varies = experiment.noise.profile != "constant"
    words = f"{data.truth.noise.label} noise of σ = {quantity(std)}"
    return Ground(data.truth.noise, std, f"{words}, the geometric mean over x" if varies else words)


def _linear_scatter(x: np.ndarray, y: np.ndarray) -> float:
    """Root mean squared residual of least squares on all inputs."""
    every = -(-len(y) // 20_000)
    design = np.column_stack([np.ones(len(y[::every])), x[::every]])
    fitted = design @ np.linalg.lstsq(design, y[::every])[0]
    return float(np.sqrt(np.mean((y[::every] - fitted) ** 2)))


def diagnosis_of(experiment: Experiment) -> Diagnosis:
    """The doctor's diagnosis of an experiment's loss on its noise."""
    ground = ground_of(experiment)
    return examine(loss_of(experiment.loss), ground.noise, ground.std)


def prognosis(experiment: Experiment) -> Finding:
    """The verdict before training: whether there is something to learn, and whether it is read rightly."""
    loss, found, ground = loss_of(experiment.loss), diagnosis_of(experiment), ground_of(experiment)
    sound = () if (fix := sound_loss(loss)) is None else (fix,)
    if loss.fits_constant:
        words = f"{loss.mistake[:1].upper()}{loss.mistake[1:]}: a std of **{quantity(ground.std)}** at every x."
        return Finding("mistake", "It learns one constant", words, sound)
    settles = found.status == "escapes" and loss.constant is not None  # as learned degrees of freedom do
    if found.status != "found" and not settles:
        first = found.sentences[0]
        return Finding("mistake", _NO_POINT[found.status], f"On {ground.words}: {first[:1].lower()}{first[1:]}", sound)
    if not loss.has_scale:
        words = f"On {ground.words} the first output goes to {found.location} of y; this loss learns no spread."
        return Finding("good", "It learns the middle alone", words)
    if loss.has_mean_head and found.location is not None and found.location not in _MIDDLES:
        words = f"On {ground.words} the first output goes to **{found.location}** of y, and is read as the mean."
        return Finding("warning", "The first output is no middle of y", words, sound)
    std = _std_read(experiment, experiment.loss.reading)
    if std is None:
        return Finding("warning", "It cannot be read", f"On {ground.words} its outputs give no std.", sound)
    reading = READINGS[experiment.loss.reading].short
    sentence = f"On {ground.words} it comes to a std of **{quantity(std)}**, read as {reading}"
    if _is_right(std, ground.std):
        return _right(loss, found, sentence, sound)
    times = max(std / ground.std, ground.std / std)
    wrong = f"{sentence}: **{times:.2f} times too {'wide' if std > ground.std else 'narrow'}**."
    better = [name for name in loss.readings if _is_right(_std_read(experiment, name), ground.std)]
    fixes = tuple(Fix(f"Read it as {READINGS[name].short}", {"loss.reading": name}) for name in better[:2])
    return Finding("warning", "The spread comes out wrong, as it is read", wrong, (*fixes, *sound))


def sound_loss(loss: Loss) -> Fix | None:
    """The loss that was meant; None beside a sound loss of the table."""
    return fix_of(loss) if loss.mistake or loss.name == "typed" else None


def _right(loss: Loss, found: Diagnosis, sentence: str, sound: tuple[Fix, ...]) -> Finding:
    if not found.gradient_at_zero:
        return Finding("warning", "Right, as long as it lives", f"{sentence}. {found.sentences[-1]}", sound)
    if loss.failure is not None:
        why = f"{loss.mistake[:1].upper()}{loss.mistake[1:]}"
        return Finding("warning", "Right, as long as it lives", f"{sentence}. {why}.", sound)
    return Finding("good", "The spread comes out right", f"{sentence}.")


def _std_read(experiment: Experiment, reading: str) -> float | None:
    """The std that the optimum's outputs are read to predict; None where they give none."""
    ground = ground_of(experiment)
    outputs = np.array(loss_of(experiment.loss).optimum(ground.noise, ground.std).outputs)
    with np.errstate(all="ignore"):
        std = float(read_as(reading, experiment, outputs[None]).std[0])
    return std if np.isfinite(std) and std > 0 else None


def _is_right(std: float | None, sigma: float) -> bool:
    return std is not None and bool(abs(np.log(std / sigma)) < RIGHT)


def points(experiment: Experiment) -> list[str]:
    """What there is to say of its loss beside the verdict: what is wrong with it, and the doctor's sentences."""
    loss, told = loss_of(experiment.loss), prognosis(experiment).sentence.lower()
    wrong = [f"{loss.mistake[:1].upper()}{loss.mistake[1:]}."] if loss.mistake else []
    return [words for words in (*wrong, *diagnosis_of(experiment).sentences) if words[:-1].lower() not in told]


def facts(found: Diagnosis) -> list[tuple[str, str]]:
    """The diagnosis as rows of a table: what, and how it is."""
    outputs = (f"{name.replace('_', ' ')} = {number(value)}" for name, value in found.outputs.items())
    rows = [
        ("Stationary point", ", ".join(outputs)),
        ("exp(s)", f"{found.estimate.name} = {quantity(found.exp_s)}" if found.estimate and found.exp_s else ""),
        ("First output", found.location or ""),
        ("Std", "" if found.estimate is None else found.estimate.repair.removeprefix("std = ")),
        ("Floor", "none" if found.floor is None else number(found.floor)),
        ("Bounded on average", "yes" if found.bounded_in_expectation else "no"),
        ("Bounded at r = 0", "yes" if found.bounded_at_zero else "no"),
        ("Gradient at r = 0", "a number" if found.gradient_at_zero else "not a number"),
    ]
    return [(what, words) for what, words in rows if words]


@dataclass(frozen=True)
class Beside:
    """A number that was predicted, what training came to, and how far off that is, in words; "–" for none."""

    what: str
    predicted: str
    trained: str
    off: str


def beside(run: Run) -> list[Beside]:
    """Predicted beside trained; of what varies along x the geometric mean, of terms the mean."""
    experiment, evidence = run.experiment, Evidence(run)
    loss, found = evidence.loss, diagnosis_of(run.experiment)
    outputs = evidence.outputs
    rows: list[tuple[str, float | None, float, bool]] = []
    if len(loss.outputs) == 2 and loss.outputs[1].name != "variance":
        rows.append(("exp(s)", found.exp_s, float(np.exp(np.mean(outputs[:, 1]))), True))
    if loss.has_scale:
        with np.errstate(all="ignore"):
            std = geometric_mean(read_as(experiment.loss.reading, experiment, outputs).std)
        reached = found.status == "found" or loss.constant is not None
        predicted = _std_read(experiment, experiment.loss.reading) if reached else None
        rows.append(("std, as it is read", predicted, std, True))
    if found.residual_term is not None and len(loss.term_names) > 1:
        terms, trained = _mean_terms(experiment), evidence.terms
        rows.append((loss.term_names[0], terms[0], trained[0], True))
        rows.append((loss.term_names[1], terms[1], trained[1], bool(loss.unit_power)))
    rows.append(("loss on new points", evidence.floor, evidence.on_new.mean, bool(loss.unit_power)))
    return [_beside(*row) for row in rows]


def _mean_terms(experiment: Experiment) -> np.ndarray:
    """The three terms at the optimum, their mean over the σ(x) of the training points: at ten of their quantiles."""
    loss, ground, truth = loss_of(experiment.loss), ground_of(experiment), dataset_of(experiment).truth
    stds = np.array([ground.std])
    if truth is not None and not loss.fits_constant and experiment.noise.profile != "constant":
        stds = np.quantile(truth.std(dataset_of(experiment).x), (np.arange(10) + 0.5) / 10)
    return np.mean([loss.optimum(ground.noise, float(std)).terms for std in stds], axis=0)


def _beside(what: str, predicted: float | None, trained: float, by_ratio: bool) -> Beside:
    shown = size if by_ratio else number
    off = "–"
    if predicted is not None and np.isfinite(trained):
        apart = trained / predicted - 1 if by_ratio else trained - predicted
        off = f"{round(100 * apart, 1) + 0.0:+.1f} %".replace("-", "−") if by_ratio else f"{number(apart)} nats"
    return Beside(what, "–" if predicted is None else shown(predicted), shown(trained), off)


@lru_cache(maxsize=64)
def courses(loss: Loss, noise: Noise, std: float) -> tuple[OnePoint, OnePoint] | None:
    """The expected loss, and the loss of a point that is hit exactly, each as a curve in s; None where s is not alone.

    The first output stands where it is best.
    """
    if why_no_curve(loss):
        return None
    at = loss.optimum(noise, std)
    place, s_best = at.outputs if at.status == "found" else (0.0, None)
    ends = _ANYWHERE if s_best is None else (s_best + _AROUND[0], s_best + _AROUND[1])
    s = np.linspace(*ends, GRID)
    rows = np.column_stack([np.full_like(s, place), s])
    with np.errstate(all="ignore"):
        hit = np.stack(loss.evaluate(np, np.full_like(s, place), rows.T))
    best = None if s_best is None else (s_best, at.floor)
    return _curve(s, expected_terms(loss, noise, std, rows), best), _curve(s, hit)


def _curve(s: np.ndarray, terms: np.ndarray, best: tuple[float, float] | None = None) -> OnePoint:
    """A curve with its minimum, `best` where that is known already."""
    value = terms.sum(axis=0)
    minimum = best or lowest(s, value)
    if minimum is not None:
        meaning = f"exp(s) = {quantity(float(np.exp(minimum[0])))}"
    elif np.ptp(value[np.isfinite(value)]) < 1e-9:
        meaning = "the same for every s"
    else:
        meaning = f"the {'smaller' if np.nanargmin(value) == 0 else 'larger'} s, the lower"
    return OnePoint(s, value, terms[0], terms[1], minimum, meaning, "")


def sound_and_mistaken() -> list[str]:
    """The names of all losses, the sound ones first."""
    return sorted(LOSSES, key=lambda name: bool(LOSSES[name].mistake))

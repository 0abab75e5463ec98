"""Training logs drawn at random: sound ones of many kinds, and ones with a known fault at a known place."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from core.data.training_log.training_log import Series, TrainingLog

Array = np.ndarray


def log_of(training: Array, validation: Array | None, x_name: str = "epoch", rate: Array | None = None) -> TrainingLog:
    x = np.arange(1, training.size + 1, dtype=float)
    series = [
        None if values is None else Series(name, x, values)
        for name, values in zip("tvr", (training, validation, rate), strict=True)
    ]
    return TrainingLog("lines", x_name, *series)


def wandering(rng: np.random.Generator, n: int, std: float, memory: float) -> Array:
    """Noise that remembers: that of a fixed small validation set, which moves slowly with the weights."""
    values, noise = np.zeros(n), rng.normal(0, std, n)
    values[0] = noise[0]
    for i in range(1, n):
        values[i] = memory * values[i - 1] + np.sqrt(1 - memory**2) * noise[i]
    return values


def _frame(rng: np.random.Generator) -> dict[str, Any]:
    """The size of a log, where its losses end, and its noises."""
    n = int(rng.integers(20, 300))
    fall = float(rng.uniform(0.5, 4))
    return {
        "n": n,
        "t": np.arange(n) / n,
        "fall": fall,
        "end": float(rng.uniform(-3, 2)),
        "gap": float(rng.uniform(0, 0.1)) * fall,
        "train_noise": float(10 ** rng.uniform(-3.5, -1.6)) * fall,
        "val_noise": float(10 ** rng.uniform(-3, -1.5)) * fall,
        "memory": float(rng.uniform(0, 0.8)),
    }


def _with_noise(
    rng: np.random.Generator, it: dict[str, Any], course: Array, more: Array | float = 0.0
) -> tuple[Array, Array]:
    training = it["end"] + course + rng.normal(0, it["train_noise"], it["n"])
    shift = rng.normal(0, it["val_noise"])  # of the luck of its points
    validation = it["end"] + course + it["gap"] + shift + more + wandering(rng, it["n"], it["val_noise"], it["memory"])
    return training, validation


def exponential(rng: np.random.Generator) -> TrainingLog:
    it = _frame(rng)
    return log_of(*_with_noise(rng, it, it["fall"] * np.exp(-it["t"] * rng.uniform(6, 30))))


def power_law(rng: np.random.Generator) -> TrainingLog:
    it = _frame(rng)
    return log_of(*_with_noise(rng, it, it["fall"] * (1 + it["t"] * rng.uniform(100, 400)) ** -rng.uniform(0.8, 1.2)))


def one_cycle(rng: np.random.Generator) -> TrainingLog:
    """The noise floor follows the rate, which rises and then falls to zero along a cosine."""
    it = _frame(rng)
    rate = np.where(
        it["t"] < 0.3, 0.5 - 0.5 * np.cos(np.pi * it["t"] / 0.3), 0.5 + 0.5 * np.cos(np.pi * (it["t"] - 0.3) / 0.7)
    )
    course = it["fall"] * np.exp(-it["t"] * rng.uniform(8, 30)) + rng.uniform(0.02, 0.3) * it["fall"] * rate
    it["train_noise"] = it["train_noise"] * (0.1 + rate)
    return log_of(*_with_noise(rng, it, course))


def cosine(rng: np.random.Generator) -> TrainingLog:
    it = _frame(rng)
    rate = 0.5 + 0.5 * np.cos(np.pi * it["t"])
    course = it["fall"] * np.exp(-it["t"] * rng.uniform(8, 30)) + rng.uniform(0.02, 0.2) * it["fall"] * rate
    return log_of(*_with_noise(rng, it, course), rate=1e-3 * rate if rng.random() < 0.5 else None)


def batches(rng: np.random.Generator) -> TrainingLog:
    """Losses of single batches, by step, without validation: a noise with a long tail to above."""
    n = int(rng.integers(200, 3000))
    course = rng.uniform(1, 4) * np.exp(-np.arange(n) / n * rng.uniform(6, 30)) + rng.uniform(-2, 2)
    return log_of(course + 0.22 * (rng.chisquare(10, n) - 10) / np.sqrt(20), None, "step")


def huge_at_first(rng: np.random.Generator) -> TrainingLog:
    """A first value far above the rest, as an NLL has it before the variance is learnt."""
    it = _frame(rng)
    course = it["fall"] * np.exp(-it["t"] * rng.uniform(8, 30))
    course[0] += 10 ** rng.uniform(1, 4)
    return log_of(*_with_noise(rng, it, course))


def small_validation(rng: np.random.Generator) -> TrainingLog:
    it = _frame(rng)
    it["val_noise"], it["memory"] = 0.05 * it["fall"], float(rng.uniform(0.3, 0.9))
    return log_of(*_with_noise(rng, it, it["fall"] * np.exp(-it["t"] * rng.uniform(6, 30))))


SOUND: Mapping[str, Callable[[np.random.Generator], TrainingLog]] = MappingProxyType(
    {
        make.__name__: make
        for make in (exponential, power_law, one_cycle, cosine, batches, huge_at_first, small_validation)
    }
)


def _sound_course(rng: np.random.Generator, it: dict[str, Any]) -> Array:
    return it["fall"] * np.exp(-it["t"] * rng.uniform(8, 20))


def overfits(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    start = rng.uniform(0.3, 0.6)
    rise = max(rng.uniform(0.1, 0.5) * it["fall"], 10 * it["val_noise"])
    late = np.maximum(it["t"] - start, 0) / (1 - start)
    training, validation = _with_noise(rng, it, _sound_course(rng, it), rise * late)
    return log_of(training - 0.5 * rise * late, validation), start * it["n"] + 1


def diverged(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    at = int(rng.uniform(0.4, 0.9) * it["n"])
    training, validation = _with_noise(rng, it, _sound_course(rng, it))
    grown = it["fall"] * 10 ** rng.uniform(0.3, 3) * np.minimum(1, (np.arange(it["n"]) - at) / max(2, 0.05 * it["n"]))
    up = np.maximum(grown, 0)
    return log_of(training + up, validation + up), at + 1.0


def not_finite(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    at = int(rng.uniform(0.1, 0.95) * it["n"])
    training, validation = _with_noise(rng, it, _sound_course(rng, it))
    training[at:], validation[at:] = np.nan, np.nan
    return log_of(training, validation), at + 1.0


def not_converged(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    it["train_noise"], it["val_noise"] = (
        min(it["train_noise"], 0.004 * it["fall"]),
        min(it["val_noise"], 0.01 * it["fall"]),
    )
    return log_of(*_with_noise(rng, it, it["fall"] * np.exp(-it["t"] * rng.uniform(0.5, 2.5)))), np.nan


def constant(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    if rng.random() < 0.3:
        return log_of(np.full(it["n"], it["end"]), None), np.nan
    return log_of(*_with_noise(rng, it, np.zeros(it["n"]))), np.nan


def jump(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    at = int(rng.uniform(0.3, 0.8) * it["n"])
    it["train_noise"] = min(it["train_noise"], 0.01 * it["fall"])
    drop = rng.uniform(0.25, 0.5) * it["fall"] * np.where(np.arange(it["n"]) < at, 1, 0)
    return log_of(*_with_noise(rng, it, _sound_course(rng, it) + drop)), at + 1.0


def spikes(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    it["train_noise"] = min(it["train_noise"], 0.02 * it["fall"])
    training, validation = _with_noise(rng, it, _sound_course(rng, it))
    at = int(rng.uniform(0.2, 0.8) * it["n"])
    training[at] += it["fall"] * rng.uniform(1, 5)
    return log_of(training, validation), at + 1.0


def noisy(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    it["train_noise"] = rng.uniform(0.2, 0.4) * it["fall"]
    return log_of(*_with_noise(rng, it, it["fall"] * np.exp(-it["t"] * rng.uniform(5, 10)))), np.nan


def validation_below(rng: np.random.Generator) -> tuple[TrainingLog, float]:
    it = _frame(rng)
    it["gap"] = -max(0.1 * it["fall"], 5 * it["val_noise"], 3 * it["train_noise"])
    return log_of(*_with_noise(rng, it, _sound_course(rng, it))), np.nan


FAULTY: Mapping[str, Callable[[np.random.Generator], tuple[TrainingLog, float]]] = MappingProxyType(
    {
        make.__name__: make
        for make in (
            overfits, diverged, not_finite, not_converged, constant, jump, spikes, noisy, validation_below,
        )
    }
)  # fmt: skip

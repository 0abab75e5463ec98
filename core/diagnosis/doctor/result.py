"""What the loss doctor finds: numbers and names, before they become sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """What exp(s) stands for: `factor`·σ**`power` on the chosen noise, known as `name` on any noise, if it is.

    `repair` is the std as a formula in s, `code` the same in Python.
    """

    name: str
    power: float
    factor: float
    repair: str
    code: str


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor finds, for one loss and y = σ·Z. Numbers are in nats and in the unit of y; None where none is.

    `status` is that of the stationary point: found, unbounded, escapes, not unique or undefined. `location` says where
    the first output goes: "the mean", "the median", "the 0.9 quantile" … `s_itself` is what s is without an exp, "the
    variance" or "the standard deviation". `outputs` holds the outputs by name.
    """

    loss: str
    noise: str
    std: float
    status: str
    outputs: Mapping[str, float]
    exp_s: float | None
    estimate: Estimate | None
    s_itself: str | None
    location: str | None
    floor: float | None
    residual_term: float | None
    scale_term: float | None
    bounded_in_expectation: bool
    bounded_at_zero: bool
    gradient_at_zero: bool
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "outputs": dict(self.outputs), "sentences": list(self.sentences)}

"""The expected loss as a function of constant outputs, where y is σ·Z: by quadrature, for any loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.noise import Noise
from .bounds import UNBOUNDED

Array = NDArray[np.float64]
Lossy = Any  # a core.model.losses.row.Loss, whose file needs this one

_AT_ONCE = 64  # rows at a time: their arrays stay in a core's cache
# Where a loss is infinite at r = 0 and has an expectation all the same, such as log|r|: panels end so near it, in σ.
_GRADED = np.concatenate([-(10.0 ** -np.arange(10.0)), [0.0], 10.0 ** -np.arange(10.0)])


@dataclass(frozen=True)
class Stationary:
    """The lowest expected loss per point, and where it is.

    `outputs` (H,), `floor` the expected loss there, `terms` those of its residual term, scale term and regulariser,
    `deviation` the standard deviation of one point's loss there. `status` is "found"; "unbounded" where the loss falls
    for ever; "escapes" where it is lowest only at infinity (floor is then what it comes to); "not unique" where other
    outputs are as good; "undefined" where it has no value anywhere, or a pole at r = 0 leaves it none.
    """

    outputs: tuple[float, ...]
    floor: float
    terms: tuple[float, float, float]
    deviation: float
    status: str


class ExpectedLoss:
    """E loss under noise of standard deviation `std`, for rows of constant outputs.

    `graded`: the nodes crowd around the locations, and move with them, for a loss that is infinite at r = 0.
    """

    def __init__(self, loss: Lossy, noise: Noise, std: float):
        self.loss, self.noise, self.std = loss, noise, std
        self.locations = [i for i, output in enumerate(loss.outputs) if output.is_location]
        self.z, self.w = noise.quadrature
        self.graded = False

    def __call__(self, outputs: Array) -> float:
        """E loss, nats, for outputs (H,); +∞ where it is no number."""
        return float(self.each(outputs[None])[0])

    def each(self, rows: Array) -> Array:
        """The same for each row of (rows, H)."""
        if self.graded and self.locations:
            return self._each_graded(rows)
        blocks = [rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE)]
        values = np.concatenate([sum(self.terms(block)) @ self.w for block in blocks])
        return np.where(np.isnan(values), np.inf, values)

    def _each_graded(self, rows: Array) -> Array:
        values = np.empty(len(rows))
        places, which = np.unique(rows[:, self.locations], axis=0, return_inverse=True)
        for i, place in enumerate(places):
            mine = which.ravel() == i
            self._refine_at(place)
            values[mine] = sum(self.terms(rows[mine])) @ self.w
        return np.where(np.isnan(values), np.inf, values)

    def with_slope(self, outputs: Array) -> tuple[float, Array]:
        """E loss and ∂E loss/∂outputs: as the row gives it, else by central differences."""
        by_hand = self.loss.by_hand
        if by_hand is not None and by_hand.slopes is not None and self.loss.limits is UNBOUNDED:
            y = self.std * self.z
            slopes = by_hand.slopes(y, np.broadcast_to(outputs[:, None], (len(outputs), y.size)))
            return self(outputs), slopes @ self.w
        sizes = 1e-5 * np.maximum(1.0, np.abs(outputs))
        moves = np.concatenate([np.zeros((1, len(outputs))), np.diag(sizes), np.diag(-sizes)])
        value, *beside = self.each(outputs + moves)
        up, down = np.split(np.array(beside), 2)
        return float(value), (up - down) / (2 * sizes)

    def terms(self, rows: Array) -> list[Array]:
        """The three terms at each node, (rows, nodes) each."""
        y = np.broadcast_to(self.std * self.z, (len(rows), self.z.size))
        return list(self.loss.evaluate(np, y, [np.broadcast_to(column[:, None], y.shape) for column in rows.T]))

    def refine(self, outputs: Array) -> None:
        """Let panels end where the loss may have kinks: at the locations."""
        self._refine_at(outputs[self.locations])

    def _refine_at(self, places: Array) -> None:
        kinks = places / self.std
        if self.graded:
            kinks = (kinks[:, None] + _GRADED).ravel()
        self.z, self.w = self.noise.quadrature_with(kinks)

    def at(self, outputs: Array, status: str) -> Stationary:
        """The stationary point at these outputs."""
        self.refine(outputs)
        terms = [term[0] for term in self.terms(outputs[None])]
        total = terms[0] + terms[1] + terms[2]
        floor = float(self.w @ total)
        if status != "unbounded" and not np.isfinite(floor):
            return self.nowhere()
        residual, scale, regulariser = (float(self.w @ term) for term in terms)
        deviation = float(np.sqrt(max(self.w @ (total - floor) ** 2, 0.0)))
        floor = -np.inf if status == "unbounded" else floor
        return Stationary(tuple(outputs.tolist()), floor, (residual, scale, regulariser), deviation, status)

    def nowhere(self) -> Stationary:
        """What there is of a loss without a value."""
        nothing = (np.nan,) * len(self.loss.outputs)
        return Stationary(nothing, np.nan, (np.nan, np.nan, np.nan), np.nan, "undefined")

"""Where a loss in a mean and one more output comes to rest: on noises of many σ at once.

A net moves s against E ∂loss/∂s, so that s rests where this slope turns from below 0 to above it. Slopes are exact, and
hold at what stop(…) lets through. All (noise, σ) are scanned over s in one array, then each rest is halved down.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...data.noise import NOISES, Noise
from ...model.formulas.tree import Node
from ...once import cached_property
from .slope_turns import Place, Rest, lowest, places_of, turn
from .tree_gradient import Program, program_of

Array = NDArray[np.float64]

SIGMAS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
WITNESSES = ("gaussian", "laplace", "student_t")  # one σ, three E|r|
PAIRS = tuple((name, sigma) for name in WITNESSES for sigma in SIGMAS)
AT = 0.2  # the σ whose numbers are shown
# s from where a soft head starts to where it is far out; by ratio where s is itself a variance or a precision.
_RATIOS = 10.0 ** np.arange(-5, 4.1, 0.25)
GRID = np.unique(np.concatenate([np.arange(-14, 14.1, 0.5), _RATIOS, -_RATIOS]))
_COARSE, _FINE = 6, 12  # nodes of a panel
_PANELS = np.array(
    [0, 0.15, 0.3, 0.5, 0.7, 0.95, 1.2, 1.5, 1.8, 2.2, 2.6, 3.2, 4, 5, 6.5, 8.5, 11, 20, 45, 200, 1400, 1e4]
)
_GRADED = 10.0 ** -np.arange(1, 8.1, 0.2)
_ROUNDS, _STILL = 4, 1e-4  # of mean and s in turn, for a loss that is not even, and a move in σ that is none
_FARTHEST, _HALVINGS_OF_MEAN = 30.0, 9  # σ: a mean beyond has run away
_NEAR = 20.0  # where outputs start, and where dead stretches are looked for


@lru_cache(maxsize=32)
def nodes_of(noise: Noise, count: int, coarse: bool = False, graded: bool = False) -> tuple[Array, Array]:
    """Nodes of z > 0 and their weights for an even function of a symmetric noise, `count` to a panel.

    `graded` nodes crowd at 0: for a function that is all but 0 elsewhere.
    """
    at, weight = np.polynomial.legendre.leggauss(count)
    edges = _PANELS[::2] if coarse else _PANELS
    edges = np.unique(np.concatenate([edges, _GRADED])) if graded else edges
    half, middle = np.diff(edges)[:, None] / 2, ((edges[1:] + edges[:-1]) / 2)[:, None]
    z = (middle + half * at).ravel()
    w = (half * weight).ravel() * np.exp(noise.log_density(z))
    kept = w * (1 + z**2) > 1e-17
    return z[kept], w[kept] / w[kept].sum()


class Optima:
    """The rests of s, with the mean where it rests, on each of PAIRS; of a `positive` s those above 0."""

    def __init__(
        self,
        tree: Node,
        trained: Node | None = None,
        symbol: str = "s",
        *,
        positive: bool = False,
        graded: bool = False,
    ):
        self.graded = graded
        self.program_tree = trained or tree
        self.program: Program = program_of(self.program_tree)
        self.shown: Program = program_of(tree)
        self.symbol, self.has_stop, self.positive = symbol, trained is not None, positive
        self.noises = [NOISES[name] for name in WITNESSES]

    def mean_and_slopes(self, s: Array, rows: Array, shift: Array, z: Array, w: Array) -> tuple[Array, Array, Array]:
        """E loss, E ∂loss/∂s and E ∂loss/∂mean at s (n, k), for noise of σ `rows` and the mean at shift·σ, (n, 1) each.

        Nodes and weights are (n, m).
        """
        shape = (*s.shape, 1)
        given = {"y": (rows * z)[:, None, :], "mu": (rows * shift)[:, None, :], self.symbol: s[:, :, None]}
        with np.errstate(all="ignore"):
            mean, slopes = self.program.slopes(given, w[:, None, :], (self.symbol, "mu"))
            if self.has_stop:
                mean = self.shown.slopes(given, w[:, None, :], ())[0]
        found = [np.broadcast_to(each, shape)[..., 0] for each in (mean, slopes[self.symbol], slopes["mu"])]
        return found[0], found[1], found[2]

    @cached_property
    def is_even_in_residual(self) -> bool:
        """Whether a residual and its opposite are one to the loss, so that its mean rests in the middle."""
        r, s = np.array([0.13, 0.7, 1.9, 6.0]), np.array([-1.3, 0.4, 1.1, 2.3])[:, None]
        given = {"mu": np.zeros(1), self.symbol: np.abs(s) if self.positive else s}
        one, other = (np.asarray(self.shown.value(given | {"y": y}), float) for y in (r, -r))
        return bool(np.allclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True))

    def nodes(self, noise: Noise, count: int, *, coarse: bool = False) -> tuple[Array, Array]:
        """Nodes and weights: of one side where the loss is even, else of both."""
        z, w = nodes_of(noise, count, coarse, self.graded)
        return (z, w) if self.is_even_in_residual else (np.concatenate([-z, z]), np.concatenate([w, w]) / 2)

    @cached_property
    def shifts(self) -> dict[tuple[str, float], float]:
        """Where the mean rests, in σ from the middle of the noise: 0 for an even loss, ±∞ where it runs away."""
        return self._settled[0]

    @cached_property
    def _settled(self) -> tuple[dict[tuple[str, float], float], tuple[Array, Array]]:
        """The shifts, and the scan there."""
        shifts = dict.fromkeys(PAIRS, 0.0)
        scan = self._scan(shifts)
        if self.is_even_in_residual:
            return shifts, scan
        for _ in range(_ROUNDS):
            rests = self._rests(scan, shifts)
            before = shifts
            shifts = {pair: shift for noise in self.noises for pair, shift in self._shifted(noise, rests)}
            if all(shifts[pair] == before[pair] or abs(shifts[pair] - before[pair]) < _STILL for pair in PAIRS):
                break
            scan = self._scan(shifts)
        return shifts, scan

    def _shifted(self, noise: Noise, rests: dict[tuple[str, float], Rest]) -> Iterator[tuple[tuple[str, float], float]]:
        pairs = [pair for pair in PAIRS if pair[0] == noise.name]
        z, w = self.nodes(noise, _FINE)
        z, w = np.broadcast_to(z, (len(pairs), len(z))), w[None]
        rows = np.array([pair[1] for pair in pairs])[:, None]
        s = np.array([rests[pair].s if np.isfinite(rests[pair].s) else 0.0 for pair in pairs])[:, None]

        def slope(shift: Array) -> Array:
            return self.mean_and_slopes(s, rows, shift, z, w)[2]

        low, high = np.full(rows.shape, -_FARTHEST), np.full(rows.shape, _FARTHEST)
        ends = np.where(slope(low) >= 0, -np.inf, np.where(slope(high) <= 0, np.inf, 0.0))
        found = np.where(ends == 0, turn(slope, low, high, halvings=_HALVINGS_OF_MEAN), ends)
        yield from zip(pairs, found[:, 0].tolist(), strict=True)

    @cached_property
    def found(self) -> dict[tuple[str, float], Rest]:
        """The rest on each noise and σ; "mean escapes" where the mean runs away."""
        rests = self._rests(self.scan, self.shifts)
        rests = {pair: self._with_edges(rest) for pair, rest in rests.items()}
        gone = Rest("mean escapes", np.nan, np.nan)
        return {pair: rest if np.isfinite(self.shifts[pair]) else gone for pair, rest in rests.items()}

    def _with_edges(self, rest: Rest) -> Rest:
        """A level stretch up to its ends, between the points of the grid."""
        if rest.status != "level":
            return rest
        stretches = [stretch for stretch in self.dead if stretch[0] <= rest.s <= stretch[1]]
        return replace(rest, level=stretches[0]) if stretches else rest

    def _rests(
        self, scan: tuple[Array, Array], shifts: dict[tuple[str, float], float]
    ) -> dict[tuple[str, float], Rest]:
        values, slopes = scan
        places = [(pair, place) for i, pair in enumerate(PAIRS) for place in places_of(GRID, values[i], slopes[i])]
        refined: dict[tuple[str, float], list[Rest]] = {pair: [] for pair in PAIRS}
        for pair, rest in self._refined(places, shifts):
            refined[pair].append(rest)
        return {pair: lowest(rests, self.has_stop) for pair, rests in refined.items()}

    @cached_property
    def scan(self) -> tuple[Array, Array]:
        """E loss and E ∂loss/∂s over GRID, (noises · σ, s), in the order of PAIRS."""
        return self._settled[1]

    def _scan(self, shifts: dict[tuple[str, float], float]) -> tuple[Array, Array]:
        scans = []
        for noise in self.noises:
            z, w = self.nodes(noise, _COARSE, coarse=True)
            rows = np.array(SIGMAS)[:, None]
            shift = _finite([shifts[noise.name, sigma] for sigma in SIGMAS])
            s = np.broadcast_to(GRID, (len(SIGMAS), len(GRID)))
            scans.append(self.mean_and_slopes(s, rows, shift, np.broadcast_to(z, (len(SIGMAS), len(z))), w[None]))
        values, slopes = (np.concatenate([scan[i] for scan in scans]) for i in (0, 1))
        return np.where((GRID <= 0) & self.positive, np.nan, values), slopes

    def falls_for_ever(self, rest: Rest, sigma: float) -> bool:
        """Whether the loss goes on falling far beyond the grid, on Gaussian noise of this σ."""
        far = np.array([1e6, 1e8, 1e10, 1e13])
        s = 1 / far + rest.goes_to if np.isfinite(rest.goes_to) else np.sign(rest.goes_to) * far
        z, w = self.nodes(self.noises[0], _COARSE, coarse=True)
        at = np.full((1, 1), sigma), np.zeros((1, 1)), z[None], w[None]
        values = self.mean_and_slopes(s[None], *at)[0][0]
        falls = np.diff(np.concatenate([[rest.value], values[np.isfinite(values)]]))
        return bool((falls < 0).all())

    @cached_property
    def dead(self) -> tuple[tuple[float, float], ...]:
        """Stretches of s, (from, to), on which the loss has a value and no gradient; their ends to three digits."""
        values, slopes = self.scan
        near = np.abs(GRID) <= _NEAR
        finite = np.isfinite(values) & np.isfinite(slopes)
        flat = near & ((slopes == 0) | ~finite).all(axis=0) & finite.any(axis=0)
        if flat[near].all():
            return ((-np.inf, np.inf),)
        starts = np.flatnonzero(flat & ~np.roll(flat, 1))
        ends = np.flatnonzero(flat & ~np.roll(flat, -1))
        near_at = np.flatnonzero(near)
        found = []
        for a, b in zip(starts, ends, strict=True):
            low = -np.inf if a == near_at[0] else self._edge(GRID[a], GRID[a - 1])
            high = np.inf if b == near_at[-1] else self._edge(GRID[b], GRID[b + 1])
            if b - a >= 2:
                found.append((low, high))
        return tuple(found)

    def _edge(self, flat: float, live: float) -> float:
        z, w = self.nodes(self.noises[0], _COARSE, coarse=True)
        one, zero = np.ones((1, 1)), np.zeros((1, 1))
        for _ in range(20):
            middle = 0.5 * (flat + live)
            slope = self.mean_and_slopes(np.full((1, 1), middle), one, zero, z[None], w[None])[1][0, 0]
            flat, live = (middle, live) if slope == 0 else (flat, middle)
        return float(f"{flat:.3g}") if abs(flat) > 2e-5 else 0.0

    @cached_property
    def needs_positive(self) -> bool:
        """Whether the loss has no value at any s below 0, and has one above."""
        finite = np.isfinite(self.scan[0])
        return bool(not finite[:, GRID < -0.01].any() and finite[:, GRID > 0.01].all(axis=0).any())

    @cached_property
    def is_even(self) -> bool:
        """Whether s and −s are one to the loss."""
        values = self.scan[0]
        mirrored = values[:, ::-1]
        return bool(
            np.isfinite(values).any()
            and np.array_equal(np.isfinite(values), np.isfinite(mirrored))
            and np.allclose(values[np.isfinite(values)], mirrored[np.isfinite(values)], rtol=1e-9, atol=0)
        )

    def _refined(
        self, places: list[tuple[tuple[str, float], Place]], shifts: dict[tuple[str, float], float]
    ) -> Iterator[tuple[tuple[str, float], Rest]]:
        """The rest at each place, halved down with more nodes."""
        for noise in self.noises:
            mine = [each for each in places if each[0][0] == noise.name]
            if mine:
                yield from self._refined_on(noise, mine, shifts)

    def _refined_on(
        self,
        noise: Noise,
        places: list[tuple[tuple[str, float], Place]],
        shifts: dict[tuple[str, float], float],
    ) -> Iterator[tuple[tuple[str, float], Rest]]:
        z, w = self.nodes(noise, _FINE)
        z, w = np.broadcast_to(z, (len(places), len(z))), w[None]
        rows = np.array([pair[1] for pair, _ in places])[:, None]
        shift = _finite([shifts[pair] for pair, _ in places])
        low, high = (np.array([getattr(place, end) for _, place in places])[:, None] for end in ("low", "high"))
        s = turn(lambda at: self.mean_and_slopes(at, rows, shift, z, w)[1], low, high)
        values = self.mean_and_slopes(s, rows, shift, z, w)[0]
        for (pair, place), at, value in zip(places, s[:, 0], values[:, 0], strict=True):
            yield pair, Rest(place.status, float(at), float(value), place.level, place.goes_to)


def _finite(shifts: list[float]) -> Array:
    """As a column, with 0 for what ran away."""
    column = np.array(shifts)[:, None]
    return np.where(np.isfinite(column), column, 0.0)

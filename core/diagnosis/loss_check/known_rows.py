"""The row of LOSSES that a loss is, up to a factor and an added constant: told by slopes and values at a few points."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...data.noise import NOISES
from ...model.formulas.tree import Node, made, number
from ...model.losses import LOSSES, Loss
from ...model.losses.trees import trees_of
from .tree_gradient import Program, program_of

# y, mean and up to three others at which two losses that agree are one; r = 0 tells sqrt(r²) from |r| by its slope.
_Y = np.array([0.3, -1.1, 0.9, 2.0, -0.4, 1.3])
_OUTPUTS = np.array(
    [
        [0.3, 0.4, -0.7, 1.0, -1.9, 1.1],
        [0.2, -0.6, 1.1, 0.1, -2.3, 2.6],
        [0.5, 0.8, 0.2, 1.4, 0.9, 0.3],
        [0.4, 1.2, 0.6, 0.3, 1.1, 0.7],
    ]
)
_SYMBOLS = ("mu", "s", "t", "u")
_SAME = 1e-6
# Rows that a loss with any head may be: s is this power of the std on Gaussian noise, and this where that is one.
_HEADED = {
    "gaussian_nll": (2.0, 0.0),
    "laplace_nll": (1.0, float(np.log(NOISES["gaussian"].mad))),
    "gaussian_crps": (2.0, 0.0),
}


@dataclass(frozen=True)
class KnownRow:
    """A row of LOSSES: the loss is `scale` times it, plus `constant`."""

    row: Loss
    scale: float
    constant: float


def known_row(tree: Node, trained: Node | None, outputs: tuple[str, ...]) -> KnownRow | None:
    """The row that a loss is; None where it is none. Sound rows are looked at first."""
    if not set(outputs) <= set(_SYMBOLS):
        return None
    mine = _profile(program_of(trained or tree), program_of(tree), outputs)
    for row in _rows():
        if len(row.outputs) != len(outputs) or not row.outputs[0].is_location or bool(row.trained) != bool(trained):
            continue
        found = _scaled(mine, _row_profile(row))
        if found is not None:
            return KnownRow(row, *found)
    return None


def row_of_head(tree: Node, symbol: str, std_on_gaussian: Node) -> KnownRow | None:
    """The row that a loss is once its second output is put as the row has it, told from the std on Gaussian noise."""
    s = np.array([0.2, 0.6, 1.1, 0.35, 1.9, 2.6])
    given = {"y": _Y, "mu": _OUTPUTS[0], symbol: s}
    with np.errstate(all="ignore"):
        log_std = np.log(np.asarray(program_of(std_on_gaussian).value({symbol: s}), float))
    for name, (power, at_one) in _HEADED.items():
        row_given = {"y": _Y, "mu": _OUTPUTS[0], "s": power * log_std + at_one}
        pairs = []
        for one, values in ((tree, given), (_shown_of(LOSSES[name]), row_given)):
            slopes = program_of(one).slopes(values, np.float64(1.0), ("mu",))[1]["mu"]
            pairs.append((np.broadcast_to(program_of(one).value(values), _Y.shape), np.broadcast_to(slopes, (1, 6))))
        if (found := _scaled(*pairs)) is not None:
            return KnownRow(LOSSES[name], *found)
    return None


def _rows() -> list[Loss]:
    kept = [row for row in LOSSES.values() if row.by_hand is None and row.name != "typed" and not row.fits_constant]
    return sorted(kept, key=lambda row: bool(row.mistake))


@lru_cache(maxsize=64)
def _row_profile(row: Loss) -> tuple[np.ndarray, np.ndarray]:
    trees = trees_of(row)
    trained = trees.objective.put(_known(row))
    return _profile(program_of(trained), program_of(_shown_of(row)), row.symbols)


def _known(row: Loss) -> dict[str, Node]:
    """What the names that a row's formulas use stand for."""
    known = {parameter.name: number(parameter.value) for parameter in row.parameters}
    for name, tree in trees_of(row).where:
        known[name] = tree.put(known)
    return known


def _shown_of(row: Loss) -> Node:
    """The loss that a row shows, with its regulariser."""
    trees = trees_of(row)
    shown = trees.formula if trees.regulariser is None else made("add", trees.formula, trees.regulariser)
    return shown.put(_known(row))


def _profile(trained: Program, shown: Program, outputs: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Values (n,) and slopes (H, n)."""
    given = {"y": _Y, "mu": _OUTPUTS[0]} | dict(zip(outputs, _OUTPUTS, strict=False))
    values = np.broadcast_to(shown.value(given), _Y.shape)
    slopes = trained.slopes(given, np.float64(1.0), outputs)[1]
    return values, np.array([np.broadcast_to(slopes[name], _Y.shape) for name in outputs])


def _scaled(mine: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> tuple[float, float] | None:
    (values, slopes), (of_row, row_slopes) = mine, other
    finite = np.isfinite(row_slopes)
    if not np.array_equal(np.isfinite(slopes), finite) or not np.isfinite([values, of_row]).all():
        return None
    most = np.argmax(np.abs(np.where(finite, row_slopes, 0.0)))
    if row_slopes.flat[most] == 0:
        return None
    scale = float(slopes.flat[most] / row_slopes.flat[most])
    tolerance = _SAME * float(np.abs(slopes[finite]).max())
    if not scale > 0 or not np.allclose(slopes[finite], scale * row_slopes[finite], rtol=0, atol=tolerance):
        return None
    rest = values - scale * of_row
    if np.ptp(rest) > 1e-6 * (1 + float(np.abs(values).max())):
        return None
    return scale, float(np.median(rest))

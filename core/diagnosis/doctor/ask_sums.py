"""Whether a loss is a sum over outputs, pixels or points, and of how many: the count that makes its mean plausible."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .ask_evidence import AGREES, AskEvidence

# Counts that a sum may have where nothing else tells: a few outputs, or a batch as people choose one.
_USUAL = (2, 3, 4, 5, 6, 8, 10, 16, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000, 1024, 2048, 4096, 10_000)
_MOST = 100_000
_NEAR = 0.02  # relative: a usual count so near is taken for the whole number itself
_TYPICAL = (0.25, 0.12, 0.06)  # shares of the std of y that a noise often is: the count that comes nearest is taken
_LEAST, _LARGEST = 0.03, 0.9  # shares of the std of y between which a noise is plausible
# Shares of the std of y: a σ below the first is not believed, below the second rare enough to ask whether the loss is a
# sum; above the third the loss is far worse than that of one constant.
_BELIEVED, _RARE, _WORSE = 0.01, 0.1, 1.5
_BELOW, _ABOVE = 0.03, 0.06  # nats: a share of the sum so near to a floor is that floor; runs end a little above


@dataclass(frozen=True)
class Sum:
    """`count` equal terms of `each`, with the σ on which a perfect model gets that, and what this agrees with."""

    count: int
    each: float
    std: float
    agrees_with: str


@lru_cache(maxsize=64)
def as_sum(it: AskEvidence) -> Sum | None:
    """The sum that agrees with the σ or the variance that is stated; None where none does, or nothing is stated."""
    if it.stated_std is None or it.fits_stated or not it.has_floor or it.escapes:
        return None
    std, words = it.stated_std
    floor = it.floor(std)
    share = it.share
    if it.asked.value * floor <= 0 or not _is_strange(it, share, std):
        return None
    for count in _candidates(it.asked.value / floor):
        each = it.asked.value / count
        found = it.implied_by(each)
        if share is not None and _BELIEVED < share < _WORSE and each / (count + 1) > -_BELOW - _ABOVE:
            continue  # the next count would do as well: any value has one that does
        if found is not None and -_BELOW <= each - floor <= _ABOVE and 1 / AGREES < found / std < AGREES:
            return Sum(count, each, found, words)
    return None


def _is_strange(it: AskEvidence, share: float | None, std: float) -> bool:
    """Whether the loss is none that a mean would be: too low for what is stated, or far worse than a constant's."""
    if it.implied is not None and it.implied > std and share is not None:
        return share > _WORSE
    return it.asked.noise_std is not None or (it.fitting is None and (share is None or share < _RARE))


@lru_cache(maxsize=64)
def usual_sum(it: AskEvidence) -> Sum | None:
    """A sum over a usual count whose terms would be plausible; None where none is."""
    target = it.asked.target_std or 1.0  # not told: the share is an example all the same
    for share in _TYPICAL:
        floor = it.floor(share * target)
        ratio = it.asked.value / floor if floor else 0.0
        if not 1.5 <= ratio <= _MOST:
            continue
        count = min(_USUAL, key=lambda usual: abs(math.log(usual / ratio)))
        std = it.implied_by(it.asked.value / count)
        if std is not None and _LEAST < std / target < _LARGEST:
            return Sum(count, it.asked.value / count, std, "")
    return None


def _candidates(ratio: float) -> list[int]:
    """Whole numbers near a ratio, the usual ones first where they are within two per cent of it."""
    if not 1.5 <= ratio <= _MOST:
        return []
    usual = [count for count in _USUAL if abs(count / ratio - 1) < _NEAR]
    usual.sort(key=lambda count: abs(count / ratio - 1))
    around = sorted({max(int(np.floor(ratio)), 2), int(np.ceil(ratio))}, key=lambda count: abs(count - ratio))
    return list(dict.fromkeys([*usual, *around]))

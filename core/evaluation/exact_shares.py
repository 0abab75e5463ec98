"""Exact tests and intervals of shares: of points inside an interval, or below a quantile."""

import numpy as np
from scipy import special

ALARM = 0.01  # the share of right intervals that a test calls wrong


def binomial_p(k: int, n: int, share: float) -> float:
    """Two-sided exact p-value of k of n where each has this probability: twice the smaller tail."""
    below, above = special.bdtr(k, n, share), special.bdtrc(k - 1, n, share) if k > 0 else 1.0
    return float(min(1.0, 2 * min(below, above)))


def share_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share k/n (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def fisher_p(k: int, n: int, other_k: int, other_n: int) -> float:
    """Two-sided exact p-value that two shares k/n are of one probability: twice the smaller hypergeometric tail.

    Fisher 1922, doi:10.2307/2340521.
    """
    total, held = n + other_n, k + other_k
    values = np.arange(max(0, held - other_n), min(n, held) + 1)
    logs = _log_choose(held, values) + _log_choose(total - held, n - values)
    shares = np.exp(logs - special.logsumexp(logs))
    below, above = float(shares[values <= k].sum()), float(shares[values >= k].sum())
    return min(1.0, 2 * min(below, above))


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))

"""What the verdict on a calibration claims: each number or name in its sentences, by its name and its meaning."""

from ...words import margin, number, quantity, size
from ..finding import ClaimKind

_Z = "z = Φ⁻¹(F(y)), F the predicted cdf; (y − mean)/std for a Gaussian"


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.0f} %" if abs(100 * share - round(100 * share)) < 0.05 else f"{100 * share:.1f} %"


def times(factor: float) -> str:
    """A factor, with one decimal where that is enough."""
    return f"{factor:.1f}" if 1.15 <= factor < 100 else size(factor)


N = ClaimKind("n", "number of points that are judged", lambda n: f"{n:,.0f}")
POINTS = ClaimKind("points", "what the points are called")
LEVEL = ClaimKind("level", "level of the intervals", percent)
COVERAGE = ClaimKind("coverage", "share of the points inside these intervals", percent)
COVERAGE_LOW = ClaimKind("coverage_low", "lower end of the exact 95 % interval of that share", percent)
COVERAGE_HIGH = ClaimKind("coverage_high", "upper end of the exact 95 % interval of that share", percent)
FITS = ClaimKind("fits", "usual levels that agree with this share")
N_BELOW = ClaimKind("n_below", "points below the lower end of their interval", lambda n: f"{n:,.0f}")
N_ABOVE = ClaimKind("n_above", "points above the upper end of their interval", lambda n: f"{n:,.0f}")
RMSE = ClaimKind("rmse", "root mean squared error of the predicted means, unit of y", size)
BIAS = ClaimKind("bias", f"size of the mean of {_Z}", quantity)
BIAS_ERROR = ClaimKind("bias_error", "standard error of the bias", margin)
BIAS_IN_Y = ClaimKind("bias_in_y", "mean of y − predicted mean, unit of y", size)
FACTOR = ClaimKind("factor", f"root of the mean of z², {_Z}, about their mean where a bias was found", size)
TIMES = ClaimKind("times", "factor by which the predicted standard deviations are too small or too large", times)
FACTOR_LOW = ClaimKind("factor_low", "lower end of the 95 % interval of the factor, by the χ² law", size)
FACTOR_HIGH = ClaimKind("factor_high", "upper end of the 95 % interval of the factor, by the χ² law", size)
GAIN = ClaimKind("gain", "log score gained by correcting the first cause, nats per point", lambda v: number(v, 3))
GAIN_ERROR = ClaimKind("gain_error", "standard error of the gain", margin)
AXIS = ClaimKind("axis", "where along the prediction is wrong")
LEAST = ClaimKind(
    "least", "the correction along the axis where it is small: its 5 % quantile, or at the smallest std", quantity
)
MOST = ClaimKind(
    "most", "the correction along the axis where it is large: its 95 % quantile, or at the largest std", quantity
)
FAR = ClaimKind("far", "share of the points with |z| above 2.576 (1 % for a right model)", percent)
FAR_RIGHT = ClaimKind("far_right", "share of the points with |z| above 2.576 if the model is right", percent)
NEAR = ClaimKind("near", "share of the points with |z| below 0.674 (50 % for a right model)", percent)
NEAR_RIGHT = ClaimKind("near_right", "share of the points with |z| below 0.674 if the model is right", percent)
BELOW = ClaimKind("below", "share of the points with z below −1.645", percent)
ABOVE = ClaimKind("above", "share of the points with z above 1.645", percent)
RARE = ClaimKind("rare", "share of a right model's points beyond 1.645 on either side", percent)
CORRELATION = ClaimKind("correlation", "correlation of the rank scores of neighbouring points", lambda v: number(v, 2))
ORDER = ClaimKind("order", "the order in which neighbours are similar, or the order of the std")
EFFECTIVE_N = ClaimKind(
    "effective_n",
    "number of independent points with the same information about the mean, n(1 − ρ)/(1 + ρ)",
    lambda n: f"{n:,.0f}",
)
CAUSE = ClaimKind("second_cause", "the fault that remains after the first cause is corrected")
SECOND_GAIN = ClaimKind("second_gain", "log score gained by correcting that, nats per point", lambda v: number(v, 3))
CHART = ClaimKind("chart", "the chart that shows a fault")
GROUP = ClaimKind("group", "the group that differs most from the others")
N_GROUP = ClaimKind("n_group", "points in that group", lambda n: f"{n:,.0f}")
COVERAGE_ELSEWHERE = ClaimKind(
    "coverage_elsewhere", "share of the unmarked groups' points inside their intervals", percent
)
BIAS_GROUP = ClaimKind("bias_group", "mean of y − predicted mean in that group, unit of y", size)
BIAS_ELSEWHERE = ClaimKind("bias_elsewhere", "mean of y − predicted mean in the groups that are not marked", size)
SIZE_GROUP = ClaimKind("size_group", f"root of the mean of z² in that group, {_Z}", size)
SIZE_ELSEWHERE = ClaimKind("size_elsewhere", "the same in the groups that are not marked", size)
RMSE_GROUP = ClaimKind("rmse_group", "root mean squared error of the means in that group, unit of y", size)
RMSE_ELSEWHERE = ClaimKind("rmse_elsewhere", "the same in the groups that are not marked", size)
ALARM = ClaimKind(
    "alarm", "p-value of the difference, corrected for the number of tests by Holm", lambda p: f"{100 * p:.2g} %"
)
MORE_GROUPS = ClaimKind("more_groups", "further groups that differ by more than sampling error")
REASON = ClaimKind("reason", "why nothing can be judged")

"""CAUSES: what a finding can blame, each by its name, in words."""

from collections.abc import Mapping
from types import MappingProxyType

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        # Of a run
        "too_few_steps": "too few steps",
        "rate_too_high": "a learning rate that is too high",
        "rate_too_low": "a learning rate that is too low",
        "net_too_small": "a network that is too small",
        "overfitting": "too few points for this network: it fits their noise",
        "too_few_points": "too few points",
        "constant_rate": "a learning rate that never falls",
        "raw_units": "x and y in raw units",
        "wrong_family": "a loss family that does not contain the noise",
        "wrong_reading": "outputs that are read as something else than they are",
        "head": "a std head that learns badly",
        "bound": "a bound on the standard deviation",
        "epsilon": "ε inside the loss",
        "regulariser": "the penalty in the loss",
        "mistake_in_loss": "a mistake in the loss",
        "dead_head": "an output without a gradient",
        "constant_std": "one constant standard deviation where the noise varies",
        "unlucky_seed": "an unlucky seed",
        "dropout": "dropout",
        "weight_decay": "weight decay",
        "not_converged": "a training that is not at its floor, and no single change that was tried explains it",
        "warm_up": "a warm-up that lasts too long",
        "shared_trunk": "mean and variance that disturb each other during training",
        # Of predictions beside observations
        "bias": "a biased mean",
        "bias_along_x": "a mean that is wrong along x",
        "width": "a standard deviation that is off by one factor",
        "width_along_x": "a standard deviation that is off by a factor that changes along x",
        "shape": "a distribution of another shape",
        "dependence": "points that depend on each other",
        "std_not_with_points": "standard deviations that do not belong to their points",
        "variance_as_std": "a variance in place of a standard deviation",
        "std_as_variance": "a standard deviation in place of a variance",
        # Of a loss that somebody else's code printed
        "sum": "a sum over outputs, pixels or points in place of a mean",
        "leak": "a target that leaks into the features",
        "other_unit": "another unit of y",
        "other_loss": "another formula than the one stated",
        "unequal_noise": "noise whose σ varies with x",
        "little_to_learn": "noise that is nearly all there is in y",
    }
)

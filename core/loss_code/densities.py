"""DENSITIES: log densities as formulas in x and the parameters, by the names that each framework gives both."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .arguments import Parameter, parameters

LOG_2PI = "log(2*pi)"


@dataclass(frozen=True)
class Density:
    """A distribution: parameters in the order of the constructor, log density, cdf ("" where there is none here).

    `roles` are what a leaf is that stands as a parameter.
    """

    parameters: tuple[Parameter, ...]
    log_density: str
    cdf: str = ""
    mean: str = ""
    std: str = ""
    entropy: str = ""


def _rows(table: Mapping[str, tuple[str, ...]]) -> Mapping[str, Density]:
    made = {}
    for names, (given, *texts) in table.items():
        for name in names.split():
            made[name] = Density(parameters(given), *texts)
    return MappingProxyType(made)


LOC, SCALE = (
    "loc mean mu location means",
    "scale std stddev sigma scale_diag b std_dev sd stds scale_identity_multiplier",
)
DENSITIES = _rows(
    {
        "Normal norm Gaussian MultivariateNormalDiag MultivariateNormal_diag": (
            f"{LOC}=0|{SCALE}=1",
            f"-((x - loc)/scale)**2/2 - log(scale) - {LOG_2PI}/2",
            "(1 + erf((x - loc)/(scale*sqrt(2))))/2",
            "loc",
            "scale",
            f"1/2 + {LOG_2PI}/2 + log(scale)",
        ),
        "Normal_variance MultivariateNormal MultivariateNormalFullCovariance multivariate_normal": (
            f"{LOC}=0|variance covariance_matrix cov covariance=1",
            f"-(x - loc)**2/(2*variance) - log(variance)/2 - {LOG_2PI}/2",
            "(1 + erf((x - loc)/sqrt(2*variance)))/2",
            "loc",
            "sqrt(variance)",
        ),
        "Normal_precision": (
            f"{LOC}=0|precision=1",
            f"-(x - loc)**2*precision/2 + log(precision)/2 - {LOG_2PI}/2",
        ),
        "Laplace laplace": (
            f"{LOC}=0|{SCALE}=1",
            "-abs(x - loc)/scale - log(2*scale)",
            "(1 + sign(x - loc)*(1 - exp(-abs(x - loc)/scale)))/2",
            "loc",
            "sqrt(2)*scale",
        ),
        "StudentT t student_t": (
            f"df nu dof|{LOC}=0|{SCALE}=1",
            "lgamma((df + 1)/2) - lgamma(df/2) - log(df*pi)/2 - log(scale) - (df + 1)/2*log1p(((x - loc)/scale)**2/df)",
            "",
            "loc",
            "scale*sqrt(df/(df - 2))",
        ),
        "Cauchy cauchy": (f"{LOC}=0|{SCALE}=1", "-log(pi) - log(scale) - log1p(((x - loc)/scale)**2)"),
        "LogNormal": (
            f"{LOC}=0|{SCALE}=1",
            f"-((log(x) - loc)/scale)**2/2 - log(scale) - log(x) - {LOG_2PI}/2",
        ),
        "Gumbel gumbel_r": (f"{LOC}=0|{SCALE}=1", "-(x - loc)/scale - exp(-(x - loc)/scale) - log(scale)"),
        "Logistic logistic": (
            f"{LOC}=0|{SCALE}=1",
            "-(x - loc)/scale - 2*softplus(-(x - loc)/scale) - log(scale)",
            "sigmoid((x - loc)/scale)",
        ),
        "HalfNormal": (f"{SCALE}=1", "log(2)/2 - log(pi)/2 - (x/scale)**2/2 - log(scale)"),
        "Exponential": ("rate", "log(rate) - rate*x"),
        "Gamma": (
            "concentration alpha shape|rate beta=1",
            "concentration*log(rate) + (concentration - 1)*log(x) - rate*x - lgamma(concentration)",
        ),
        "InverseGamma": (
            "concentration alpha|rate scale beta=1",
            "concentration*log(rate) - (concentration + 1)*log(x) - rate/x - lgamma(concentration)",
        ),
        "Weibull": (
            "scale|concentration",
            "log(concentration/scale) + (concentration - 1)*log(x/scale) - (x/scale)**concentration",
        ),
        "Beta": (
            "a concentration1 alpha|b concentration0 beta",
            "(a - 1)*log(x) + (b - 1)*log(1 - x) + lgamma(a + b) - lgamma(a) - lgamma(b)",
        ),
        "Poisson poisson": ("rate mu", "x*log(rate) - rate - lgamma(x + 1)"),
        "NegativeBinomial": (
            "total_count|probs=0.5",
            "lgamma(total_count + x) - lgamma(total_count) - lgamma(x + 1) + total_count*log(1 - probs) + x*log(probs)",
        ),
        "Uniform": ("low=0|high=1", "-log(high - low)"),
    }
)
# What a leaf is that stands as one of these parameters.
PARAMETER_ROLES: Mapping[str, str] = MappingProxyType(
    {"loc": "mean"} | dict.fromkeys(("scale", "variance", "precision", "df", "rate", "concentration"), "second")
)
SUMMED = frozenset(["MultivariateNormalDiag", "MultivariateNormal", "MultivariateNormalFullCovariance", "Independent"])

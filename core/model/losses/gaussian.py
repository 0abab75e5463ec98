"""Losses of a Gaussian: its NLL and what is made of it, its CRPS, and squared error, its NLL at one variance."""

import math
from dataclasses import replace

import numpy as np

from .row import EVERY_SPREAD, LOG_VARIANCE, MEAN, Loss, Output, Parameter

GAUSSIAN_NLL = Loss(
    name="gaussian_nll",
    label="Gaussian NLL",
    help="Kendall & Gal's aleatoric loss: the second output is the log variance.",
    formula="0.5*exp(-s)*r**2 + 0.5*s",
    outputs=(MEAN, LOG_VARIANCE),
    closed_floor=lambda noise, std: 0.5 + np.log(std),
    closed_outputs=lambda noise, std: (0.0, 2 * math.log(std)),
    readings=("log_variance",),
    reference="Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138; Kendall & Gal 2017, arXiv:1703.04977, eq. 8",
    unit_shift=1.0,
    constant=0.5 * math.log(2 * math.pi),
    weighted_power=2,
    bounds=(*EVERY_SPREAD, "epsilon"),
)

ROWS = (
    GAUSSIAN_NLL,
    # The next two are shown and judged as the plain NLL: their own values may rise while a fit improves.
    replace(
        GAUSSIAN_NLL,
        name="beta_nll",
        label="β-NLL",
        help="Each point's Gaussian NLL times its σ^2β: plain NLL neglects the mean where σ is large. The loss "
        "shown is the plain NLL.",
        trained="stop(exp(beta*s))*(0.5*exp(-s)*r**2 + 0.5*s)",
        parameters=(Parameter("beta", 0.5),),
        settings=("beta",),
        reference="Seitzer et al. 2022, arXiv:2203.09168; ⌊·⌋ stops the gradient",
    ),
    replace(
        GAUSSIAN_NLL,
        name="faithful",
        label="Faithful",
        help="The mean learns by squared error only. The std learns by NLL without changing the mean or the "
        "hidden layers. The loss shown is the plain NLL.",
        trained="0.5*r**2 + 0.5*exp(-s)*(y - stop(mu))**2 + 0.5*s",
        stops_gradient=True,
        bounds=EVERY_SPREAD,
        reference="Stirn et al. 2023, arXiv:2212.09184; ⌊·⌋ stops the gradient",
    ),
    # −η₁y − η₂y² − η₁²/(4η₂), with η₂ = −½·exp(t) and η₁ = a·exp(t/2), is a square: so written it loses no digits.
    # Papers take η₁ itself for the output. It is mean/variance, hundreds of times the mean where the noise is small,
    # and has to follow every move of t: on the quick curve at σ = 0.05 it ends 0.12 nats above the floor, a at 0.01.
    replace(
        GAUSSIAN_NLL,
        name="natural",
        label="Natural parameters",
        help="The Gaussian NLL in its natural parameters η₁ = mean/variance and η₂ = −½·precision, where it is "
        "convex. The network gives η₁/√precision, which is mean/std, and the log precision.",
        formula="0.5*(y*exp(0.5*t) - a)**2 - 0.5*t",
        note=r"a = \eta_1 e^{-t/2} = \tfrac{\mu}{\sigma}, \; t = \log(-2\eta_2) = -\log\sigma^2",
        outputs=(
            Output("mean_over_std", "mean/std", "a", in_unit="a + shift*exp(0.5*t)/scale"),
            Output("log_precision", "log precision", "t", log_power=-2),
        ),
        closed_outputs=lambda noise, std: (0.0, -2 * math.log(std)),
        readings=("natural",),
        bounds=EVERY_SPREAD,
        reference="Immer et al. 2023, arXiv:2304.13550",
    ),
    # E|Y − y| − ½·E|Y − Y′|, Y and Y′ from the prediction.
    Loss(
        name="gaussian_crps",
        label="CRPS of a Gaussian",
        help="The distance of the predicted distribution from the point, in y's units: robust to outliers, and "
        "never negative.",
        formula="std*(z*erf(sqrt(0.5)*z) + sqrt(2/pi)*exp(-0.5*z**2)) - sqrt(1/pi)*std",
        where=(("std", "exp(0.5*s)"), ("z", "r/std")),
        outputs=(MEAN, LOG_VARIANCE),
        readings=("log_variance",),
        reference="Gneiting & Raftery 2007, doi:10.1198/016214506000001437, eq. 21",
        unit_power=1,
        term_names=("distance to y", "less half the distance within"),
        bounds=EVERY_SPREAD,
    ),
    Loss(
        name="squared_error",
        label="Squared error",
        help="No second output: the variance is one constant, that of the residuals on the training points.",
        formula="0.5*r**2",
        outputs=(MEAN,),
        closed_floor=lambda noise, std: 0.5 * np.asarray(std) ** 2,
        readings=("constant_variance",),
        reference="Gauss 1809; a Gaussian NLL of fixed variance",
        unit_power=2,
        term_names=("squared error",),
    ),
)

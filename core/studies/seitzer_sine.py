"""Seitzer et al. 2022, arXiv:2203.09168: plain NLL does not fit a sine wave that squared error fits."""

from .study import ENDED, SAME_MEAN, Claim, Study, Variant, all_between, ordered

# The losses that fit the wave, and those between them and plain NLL.
_FIT = ("squared error", "β-NLL, β = 1", "faithful")
_BETWEEN = ("β-NLL, β = 0.5", "CRPS")

SEITZER_SINE = Study(
    name="seitzer-sine",
    label="Seitzer's sine: a negative loss that is far from good",
    preset="seitzer-sine",
    measures=("training_rmse",),
    variants={
        "squared error": Variant({"loss.name": "squared_error"}, ("0.013–0.03",)),
        "β-NLL, β = 1": Variant({"loss.name": "beta_nll", "loss.beta": 1.0}, ("0.013–0.03",)),
        "faithful": Variant({"loss.name": "faithful"}, ("–",)),
        "β-NLL, β = 0.5": Variant({"loss.name": "beta_nll", "loss.beta": 0.5}, ("0.17",)),
        "CRPS": Variant({"loss.name": "gaussian_crps"}, ("0.17",)),
        "Gaussian NLL": Variant({"loss.name": "gaussian_nll"}, ("0.23",)),
    },
    claims=(
        ENDED,
        Claim(
            "Squared error, β = 1 and faithful fit the wave: training RMSE from 0.009 to 0.04, in no order.",
            all_between("training_rmse", 0.009, 0.04, *_FIT),
        ),
        Claim("β = 0.5 and CRPS stay between: 0.14 to 0.2.", all_between("training_rmse", 0.14, 0.2, *_BETWEEN)),
        Claim("Plain NLL stays near 0.23.", all_between("training_rmse", 0.21, 0.25, "Gaussian NLL")),
        Claim(
            "With every seed plain NLL is the worst, β = 0.5 and CRPS the next.",
            ordered("training_rmse", _FIT, _BETWEEN, ("Gaussian NLL",)),
        ),
        Claim(
            "Plain NLL's own loss looks fine, near −1.75, where −4.11 is possible.",
            lambda table: (
                all_between("loss", -1.9, -1.6, "Gaussian NLL")(table)
                and all_between("floor", -4.11, -4.1, "Gaussian NLL")(table)
            ),
        ),
        SAME_MEAN,
    ),
    seeds=3,
    reference="Seitzer et al. 2022, arXiv:2203.09168",
)

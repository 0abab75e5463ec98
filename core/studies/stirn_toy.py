"""Stirn et al. 2023, arXiv:2212.09184: two isolated points, which plain NLL ignores and the faithful loss fits."""

from .study import ENDED, SAME_MEAN, Claim, Study, Variant, all_between

STIRN_TOY = Study(
    name="stirn-toy",
    label="Stirn's toy: a variance that spoils the mean, and one that does not",
    preset="stirn-toy",
    measures=("rmse",),
    variants={
        "squared error": Variant({"loss.name": "squared_error"}, ("0.7–1.3",)),
        "faithful": Variant({"loss.name": "faithful"}, ("0.7–1.3",)),
        "β-NLL, β = 1": Variant({"loss.name": "beta_nll", "loss.beta": 1.0}, ("0.6–1.6",)),
        "Gaussian NLL": Variant({"loss.name": "gaussian_nll"}, ("5–6",)),
    },
    claims=(
        ENDED,
        SAME_MEAN,
        Claim(
            "Squared error and faithful follow the lone points: RMSE of the mean from 0.25 to 1.6.",
            all_between("rmse", 0.25, 1.6, "squared error", "faithful"),
        ),
        Claim("So does β = 1, less surely: 0.2 to 2.", all_between("rmse", 0.2, 2.0, "β-NLL, β = 1")),
        Claim("Plain NLL misses them: 4 to 10.", all_between("rmse", 4.0, 10.0, "Gaussian NLL")),
    ),
    seeds=5,
    reference="Stirn et al. 2023, arXiv:2212.09184",
)

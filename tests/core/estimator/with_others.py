"""The estimator as part of skpro and of MAPIE, and with Polars. Run by a Python that has them; it prints facts."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
from mapie.regression import CrossConformalRegressor, SplitConformalRegressor
from skpro.metrics import CRPS, LogLoss
from skpro.utils.estimator_checks import check_estimator

from core.estimator.regressor import HeteroscopeRegressor
from core.estimator.skpro import HeteroscopeProba, quantiles

warnings.simplefilter("ignore")
SMALL = {"steps": 60, "members": 2, "layers": (8,), "random_state": 0}
rng = np.random.default_rng(0)
x = pd.DataFrame(rng.normal(size=(500, 3)), columns=["a", "b", "c"])
y = x["a"] + rng.normal(size=500)
fitted, conformed, fresh = slice(0, 200), slice(200, 350), slice(350, 500)

regressor = HeteroscopeProba(**SMALL).fit(x[fitted], y[fitted].to_frame("y"))
found, law = regressor.predict_proba(x[fresh]), regressor.estimator_.predict_dist(x[fresh])
observed = y[fresh].to_frame("y")
p = rng.random(150)
checks = check_estimator(HeteroscopeProba, verbose=False)
in_polars = pl.from_pandas(x.assign(word=["u", "v"] * 250))
of_polars = HeteroscopeRegressor(**SMALL).fit(in_polars, pl.Series("price", y.to_numpy()))
of_pandas = HeteroscopeRegressor(**SMALL).fit(in_polars.to_pandas(), y.rename("price"))
run_means = of_polars.run_.predict(in_polars.select("word", "c", "b", "a"))["mean"]


def covered(ends: np.ndarray) -> float:
    return float(np.mean((ends[:, 0, 0] <= y[fresh]) & (y[fresh] <= ends[:, 1, 0])))


split = SplitConformalRegressor(HeteroscopeRegressor(**SMALL), confidence_level=0.9, prefit=False)
split.fit(x[fitted], y[fitted]).conformalize(x[conformed], y[conformed])
cross = CrossConformalRegressor(HeteroscopeRegressor(**SMALL), confidence_level=0.9, cv=3)
cross.fit_conformalize(x[:350], y[:350])

print(
    json.dumps(
        {
            "checks": len(checks),
            "failed": {name: str(result)[:200] for name, result in checks.items() if result != "PASSED"},
            "crps": [CRPS()(observed, found), float(law.crps(observed["y"].to_numpy()).mean())],
            "nll": [LogLoss()(observed, found), float(law.nll(observed["y"].to_numpy()).mean())],
            "cdf of quantile": float(np.abs(law.cdf(quantiles(law, p)) - p).max()),
            "rows": found.iloc[[3, 5]].mean().to_numpy().ravel().tolist() == law.mean[[3, 5]].tolist(),
            "polars": {
                "names": of_polars.feature_names_in_.tolist(),
                "same run": of_polars.run_.key == of_pandas.run_.key,
                "same means": bool((of_polars.predict(in_polars) == of_pandas.predict(in_polars.to_pandas())).all()),
                "by name": bool((run_means == of_polars.predict(in_polars)).all()),
            },
            "coverage": {
                "split": covered(split.predict_interval(x[fresh])[1]),
                "cross": covered(cross.predict_interval(x[fresh])[1]),
            },
        }
    )
)

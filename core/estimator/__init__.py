"""The laboratory's fit of a table as an estimator of scikit-learn: `HeteroscopeRegressor`."""

from .regressor import HeteroscopeRegressor

__all__ = ["HeteroscopeRegressor"]

"""The laboratory's networks for tables as a scikit-learn estimator."""

"""Laws of probability: standard ones, moved and scaled, mixed, read from quantiles, transformed and recalibrated."""

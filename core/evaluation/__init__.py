"""HOW GOOD a prediction is."""

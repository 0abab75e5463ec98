"""HOW GOOD it is."""

"""HOW it is fitted."""

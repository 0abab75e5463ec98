"""WHERE points come from, and what is true of them: targets, noise, real tables, datasets."""

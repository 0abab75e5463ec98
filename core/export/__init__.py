"""What leaves the laboratory: a script, weights, tables and pictures of a run."""

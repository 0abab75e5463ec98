"""Loss code as people write it, read into formulas: Python for any framework, LaTeX, or a formula. Nothing is run."""

"""Sweeps: one experiment over many settings and seeds, on all workers, with results that survive any crash."""

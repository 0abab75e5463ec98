"""What runs, verdicts, comparisons and calibration checks show in a notebook, and the progress of a training there."""

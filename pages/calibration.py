"""The Calibration page: how good a predicted variance is, where along x it fails, and how to mend it."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("calibration")

    from pages.views.calibration import show

    show()

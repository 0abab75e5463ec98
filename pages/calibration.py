"""The Calibration page: how good a predicted variance is, where along x it fails, and how to mend it."""

TITLE, ICON, PLACE, PART = "Calibration", ":material/straighten:", 40, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.calibration import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

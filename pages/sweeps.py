"""The page Sweeps: one experiment over many settings and seeds, trained in the background, and which point is best."""

TITLE, ICON, PLACE, PART = "Sweeps", ":material/grid_on:", 85, "experiments"


def show() -> None:
    """Draw the page."""
    from pages.views.sweeps import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

"""Start: the question, and three ways to its answer."""

TITLE, ICON, PLACE, PART = "Start", ":material/home:", 0, "start"
OWN_HEADING = True


def show() -> None:
    """Draw the page."""
    from pages.views.start import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

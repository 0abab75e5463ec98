"""Check a loss: what code, numbers of a run, a log and a file of predictions mean together."""

TITLE, ICON, PLACE, PART = "Check a loss", ":material/fact_check:", 100, "check"


def show() -> None:
    """Draw the page."""
    from pages.views.check import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

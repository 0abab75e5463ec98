"""The Anatomy page: what the loss of a run is made of, and why it is negative."""

TITLE, ICON, PLACE, PART = "Anatomy", ":material/stacked_line_chart:", 30, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.anatomy import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

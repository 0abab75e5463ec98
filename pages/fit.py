"""The Fit page: controls → experiment → run → charts."""

TITLE, ICON, PLACE, PART = "Fit", ":material/show_chart:", 10, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.points_first import points_first

    points_first()
    from pages.views.fit import show as draw  # only now: it takes as long to load as all that the points need

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

"""The Fit page: controls → experiment → run → charts."""

TITLE, ICON, PLACE, PART = "Fit", ":material/show_chart:", 10, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.fit import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

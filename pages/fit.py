"""The Fit page: controls → experiment → run → charts."""

TITLE, ICON, PLACE = "Fit", ":material/show_chart:", 10


def show() -> None:
    """Draw the page."""
    from pages.views.fit import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

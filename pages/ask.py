"""The Ask page: a diagnosis of a run that was trained elsewhere."""

TITLE, ICON, PLACE = "Ask", ":material/help:", 100


def show() -> None:
    """Draw the page."""
    from pages.views.ask import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

"""The Data page: a shipped table or one of one's own, what it holds, and whether its scatter is the same everywhere."""

TITLE, ICON, PLACE, PART = "Data", ":material/table:", 20, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.data import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

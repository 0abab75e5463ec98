"""The tour: why a loss is negative and a variance looks wrong, step by step. It is reached from Start and by links."""

TITLE, ICON, PLACE = "Tour", ":material/route:", 110
LISTED = False


def show() -> None:
    """Draw the page."""
    from pages.views.tour import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

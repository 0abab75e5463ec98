"""The tour: why a loss is negative and a variance looks wrong, step by step. It is reached from Start and by links."""

TITLE, ICON, PLACE, PART = "Tour", ":material/route:", 5, "start"
LISTED, OWN_HEADING = False, True


def show() -> None:
    """Draw the page."""
    from pages.views.tour import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

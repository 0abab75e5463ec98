"""The page What it does not know: ways to tell ignorance from noise, side by side on points with a gap."""

TITLE, ICON, PLACE, PART = "What it does not know", ":material/help_center:", 60, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.unknown import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

"""The page Over seeds: which differences between losses are real, and what a wrong family costs."""

TITLE, ICON, PLACE, PART = "Over seeds", ":material/casino:", 80, "experiments"


def show() -> None:
    """Draw the page."""
    from pages.views.seeds import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

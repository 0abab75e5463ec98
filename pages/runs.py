"""The page Runs: everything that was trained and kept, to search, name, compare, reopen and carry away."""

TITLE, ICON, PLACE, PART = "Runs", ":material/inventory_2:", 90, "experiments"


def show() -> None:
    """Draw the page."""
    from pages.views.runs import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

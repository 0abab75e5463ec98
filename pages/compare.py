"""The Compare page: the pinned experiment beside the one that the controls change."""

TITLE, ICON, PLACE, PART = "Compare", ":material/compare_arrows:", 70, "experiments"


def show() -> None:
    """Draw the page."""
    from pages.views.compare import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

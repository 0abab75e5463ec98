"""The address of Ask, which Check a loss replaced."""

TITLE, ICON, PLACE, PART = "Ask", ":material/fact_check:", 120, "check"
LISTED = False


def show() -> None:
    """Open the same there."""
    from pages.views.check_links import from_ask as forward

    forward()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

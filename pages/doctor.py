"""The address of the Loss doctor, which Check a loss replaced."""

TITLE, ICON, PLACE, PART = "Loss doctor", ":material/fact_check:", 110, "check"
LISTED = False


def show() -> None:
    """Open the same there."""
    from pages.views.check_links import from_doctor as forward

    forward()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

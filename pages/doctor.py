"""The Loss doctor: what a loss makes a net learn, before it is trained and after."""

TITLE, ICON, PLACE = "Loss doctor", ":material/stethoscope:", 80


def show() -> None:
    """Draw the page."""
    from pages.views.doctor import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

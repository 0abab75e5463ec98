"""The Predict page: new rows, by hand or from a file, and what the run says of them."""

TITLE, ICON, PLACE, PART = "Predict", ":material/online_prediction:", 50, "laboratory"


def show() -> None:
    """Draw the page."""
    from pages.views.predict import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

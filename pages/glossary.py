"""The page Glossary: each technical term in plain words. It is reached from the terms themselves."""

TITLE, ICON, PLACE, PART = "Glossary", ":material/menu_book:", 6, "start"
LISTED = False


def show() -> None:
    """Draw the page."""
    from pages.views.glossary import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

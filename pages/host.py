"""The page Host: what this server does just now, for whoever runs it."""

TITLE, ICON, PLACE, PART = "Host", ":material/dns:", 130, "start"
LISTED = False


def show() -> None:
    """Draw the page."""
    from pages.views.host import show as draw

    draw()


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

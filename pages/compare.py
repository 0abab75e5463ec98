"""The Compare page: the pinned experiment beside the one that the controls change."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("compare")

    from pages.views.compare import show

    show()

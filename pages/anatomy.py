"""The Anatomy page: what the loss of a run is made of, and why it is negative."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("anatomy")

    from pages.views.anatomy import show

    show()

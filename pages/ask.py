"""The Ask page: a diagnosis of a run that was trained elsewhere."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("ask")

    from pages.views.ask import show

    show()

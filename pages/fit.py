"""The Fit page: controls → experiment → run → charts."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("fit")

    from pages.views.fit import show

    show()

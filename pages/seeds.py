"""The page Over seeds: which differences between losses are real, and what a wrong family costs."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("seeds")

    from pages.views.seeds import show

    show()

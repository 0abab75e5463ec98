"""The page Runs: everything that was trained and kept, to search, name, compare, reopen and carry away."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("runs")

    from pages.views.runs import show

    show()

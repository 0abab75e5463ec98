"""The Data page: a shipped table or one of one's own, what it holds, and whether its scatter is the same everywhere."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("data")

    from pages.views.data import show

    show()

"""The page Over seeds: which differences between losses are real, and what a wrong family costs."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.parts.shell import set_up

    set_up("seeds")

    from pages.parts.seeds_page import show

    show()

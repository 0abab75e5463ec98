"""The Fit page: controls → experiment → run → charts."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.parts.shell import laboratory, set_up

    set_up()
    laboratory()  # the workers load torch while this process loads what the page needs

    from pages.parts.fit_page import show

    show()

"""The Loss doctor: what a loss makes a net learn, before it is trained and after."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("doctor")

    from pages.views.doctor import show

    show()

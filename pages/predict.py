"""The Predict page: new rows, by hand or from a file, and what the run says of them."""

# Guarded for the worker processes: see app.py.
if __name__ == "__main__":
    from pages.shared.shell import set_up

    set_up("predict")

    from pages.views.predict import show

    show()

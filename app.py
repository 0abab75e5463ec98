"""Heteroscope: `streamlit run app.py`. The frame and the navigation, and nothing else."""

# Guarded, imports too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":
    from ui.shared.shell import set_up

    set_up()

    from ui.navigation import navigate

    navigate()

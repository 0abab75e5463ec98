"""Heteroscope: `streamlit run app.py`. Navigation, and nothing else."""

# Guarded, imports too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":
    from pages.shared.shell import navigate, set_up

    set_up()
    navigate()

"""Heteroscope: `streamlit run app.py`. Navigation, and nothing else."""

# Guarded, imports too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":
    import streamlit as st

    from pages.parts.shell import set_up

    set_up()
    st.navigation([st.Page("pages/fit.py", title="Fit", default=True)]).run()

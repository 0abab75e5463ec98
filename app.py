"""Heteroscope: `streamlit run app.py`. Navigation, and nothing else."""

# Guarded, imports too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":
    import streamlit as st

    from pages.parts.shell import set_up

    set_up()
    # The default page answers at / alone; to answer at /fit too, it stands here a second time, unlisted.
    fit = st.Page("pages/fit.py", title="Fit", default=True, url_path="start")
    by_name = st.Page("pages/fit.py", title="Fit", url_path="fit", visibility="hidden")
    st.navigation([fit, by_name]).run()

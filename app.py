"""Heteroscope: `streamlit run app.py`. The frame and the navigation, and nothing else."""

# Guarded, the import too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

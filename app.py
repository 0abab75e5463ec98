"""Heteroscope: `streamlit run app.py`. The frame and the navigation, and the server around them; nothing else."""

# Guarded, the imports too: the worker processes import this file again when they start, and must find nothing in it.
if __name__ == "__main__":  # the script that Streamlit runs for each window
    from pages.shared.navigation import run

    run()
elif __name__ == "app":  # the server, which `streamlit run` finds by its name
    from streamlit.starlette import App

    from core.host import check
    from core.runs.small_host import prepare
    from pages.shared import demo, errors, headers
    from pages.shared.front import lifespan, middleware

    if wrong := check():
        raise SystemExit("\n".join(wrong))
    prepare()
    app = App(
        __file__,
        lifespan=lifespan,
        middleware=[*headers.middleware(), *demo.middleware(), *middleware()],
        on_script_error=errors.told,
    )

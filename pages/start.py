"""Start: what this is, and the ways on."""

TITLE, ICON, PLACE, PART = "Start", ":material/home:", 0, "start"
OWN_HEADING = True


def show() -> None:
    """Draw the page."""
    import streamlit as st

    from pages.shared.bars import heading

    heading("Why is my loss negative, and why does my variance look wrong?")
    st.markdown("A laboratory for networks that predict a mean and a variance.")


if __name__ == "__main__":
    from pages.shared.navigation import run

    run()

"""The experiment of a window: a busy browser's old address is not the person's way back."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import state


def page() -> None:
    import time

    import streamlit as st

    from pages.shared import state

    st.session_state.page = "fit"
    with state.script_run():
        experiment = state.current_experiment()
        time.sleep(st.session_state.get("takes", 0.0))
    st.text(f"{experiment.noise.scale:g}")


def test_an_address_from_before_a_slow_run_changes_nothing_and_a_later_one_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "SETTLES_S", 0.3)
    app = AppTest.from_function(page).run()
    app.session_state[state.widget_key("noise.scale")], app.session_state["takes"] = 0.3, 0.5
    app.run()
    app.session_state["takes"] = 0.0
    for waits, scale in ((0.0, "0.3"), (0.4, "0.2")):  # it asks at once, or when it has long known the new address
        time.sleep(waits)
        app.query_params.clear()
        assert app.run().text[0].value == scale

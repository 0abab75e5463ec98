"""The experiment of a window: a busy browser's old address is not the person's way back."""

import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.experiment.link import read_link
from core.experiment.presets import presets
from pages.shared import state


def page() -> None:
    import time

    import streamlit as st

    from pages.shared import state
    from pages.shared.script_run import script_run

    st.session_state.page = st.session_state.get("at", "fit")
    with script_run():
        experiment = state.current_experiment()
        time.sleep(st.session_state.get("takes", 0.0))
    st.text(f"{experiment.noise.scale:g}")


def test_an_address_from_before_a_slow_run_changes_nothing_and_a_later_one_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "SETTLES_S", 0.3)
    app = AppTest.from_function(page, default_timeout=300).run()
    app.session_state[state.widget_key("noise.scale")], app.session_state["takes"] = 0.5, 0.5
    app.run()
    app.session_state["takes"] = 0.0
    for waits, scale in ((0.0, "0.5"), (0.4, "0.3")):  # it asks at once, or when it has long known the new address
        time.sleep(waits)
        app.query_params.clear()
        assert app.run().text[0].value == scale


def test_a_way_back_stays_though_its_script_run_ended_before_the_controls_showed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "SETTLES_S", 0.0)
    monkeypatch.setattr(state, "ECHO_S", 0.0)
    app = AppTest.from_function(page, default_timeout=300).run()
    app.session_state[state.widget_key("noise.scale")] = 0.5
    app.run()
    shows = state._show_in_controls
    monkeypatch.setattr(state, "_show_in_controls", lambda: st.stop())
    app.query_params.clear()
    app.run()
    monkeypatch.setattr(state, "_show_in_controls", shows)
    assert app.run().text[0].value == "0.3"


def address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


def test_a_bare_address_opens_the_growing_noise_and_no_bare_link_is_written_again() -> None:
    app = AppTest.from_function(page, default_timeout=300).run()
    assert app.session_state["experiment"] == presets["growing"]
    assert address(app) == {}
    for scale in (0.5, 0.3):  # another one and back: the address now says all
        app.session_state[state.widget_key("noise.scale")] = scale
        app.run()
        assert address(app) == app.session_state["experiment"].to_query()
    assert app.session_state["experiment"] == presets["growing"]


def test_a_value_from_before_a_button_is_no_edit_on_the_next_page_however_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "ECHO_S", 0.0)
    app = AppTest.from_function(page).run()
    app.session_state["experiment"] = app.session_state["experiment"].with_settings({"noise.scale": 0.5})
    app.session_state["changed"], app.session_state["held"] = True, {"noise.scale": 0.3}
    app.run()
    for at, scale in (("data", "0.5"), ("data", "0.3")):  # it comes with the link there, or a person chooses it there
        app.session_state["at"], app.session_state[state.widget_key("noise.scale")] = at, 0.3
        assert app.run().text[0].value == scale


def test_an_edit_is_kept_that_came_while_the_script_run_of_a_button_had_not_ended() -> None:
    app = AppTest.from_function(page).run()
    before = {"noise.scale": 0.3, "data.seed": 0}  # what the controls had when the button was pressed
    for at_once, scale in ((0.3, "0.3"), (0.5, "0.5")):  # nothing, or an edit
        app.session_state["experiment"] = app.session_state["experiment"].with_settings({"data.seed": 1})
        app.session_state["changed"], app.session_state["held"] = True, before
        app.session_state[state.widget_key("data.seed")] = 0
        app.session_state[state.widget_key("noise.scale")] = at_once
        assert app.run().text[0].value == scale
        assert app.session_state["experiment"].data.seed == 1, "what the button did stays"


@pytest.mark.parametrize("query", [{"v": "2"}, {"predictions": "file"}, {"v": "1", "noise.scale": "0.2"}])
def test_a_link_with_a_version_or_a_setting_opens_what_it_did(query: dict[str, str]) -> None:
    app = AppTest.from_function(page, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert app.session_state["experiment"] == read_link(query).experiment
    assert app.session_state["base"] == "quick"


def moving_page() -> None:
    """A page whose control of the table is drawn only where there is one, as in the sidebar."""
    import streamlit as st

    from pages.shared import state
    from pages.shared.controls import control

    memory = st.session_state
    memory.page = memory.get("now", "data")
    if table := memory.pop("opened", None):
        state.change({"data.table": table})
    experiment = state.current_experiment(with_data=False)
    if experiment.data.table != "none" and not memory.get("leaves"):
        control(experiment, "data.table")
    st.text(experiment.data.table)


def test_a_table_goes_along_to_another_page_however_long_one_looked_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit forgets the control at a change of page, and then shows a value from before the control was drawn."""
    monkeypatch.setattr(state, "ECHO_S", 0.0)
    app = AppTest.from_function(moving_page, default_timeout=300).run()
    app.session_state["opened"] = "cars"
    assert app.run().text[0].value == "cars"
    app.session_state["leaves"] = True  # a button opens the other page before the control is drawn
    app.run()
    app.session_state["leaves"], app.session_state["now"] = False, "fit"
    assert app.run().text[0].value == "cars"
    assert app.run().text[0].value == "cars"

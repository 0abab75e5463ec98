"""A choice that nobody made: a browser that is late sends the label of an option that is gone."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.shared.elements import select

    words = {"quick": "Quick", "slow": "Slow"}
    calls = st.session_state.setdefault("calls", [])
    click, label = lambda: calls.append(st.session_state["box"]), words.__getitem__
    select("Preset", list(words), "quick", "box", click, format_func=label)


def test_the_label_of_an_option_that_is_gone_is_no_choice() -> None:
    app = AppTest.from_function(page).run()
    box = app.selectbox[0]
    box.options.append("Quick, changed")
    box.set_value("Quick, changed").run()
    assert not app.exception
    assert (app.session_state["calls"], app.selectbox[0].value) == ([], "quick")
    app.selectbox[0].set_value("slow").run()
    assert app.session_state["calls"] == ["slow"]

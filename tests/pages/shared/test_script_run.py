"""How a script run waits: without a redraw, without a place in the line, and only as long as it is wanted."""

from streamlit.testing.v1 import AppTest

from pages.shared.script_run import line_words


def waiting() -> None:
    import threading
    import time

    import streamlit as st

    from pages.shared.gate import GATE
    from pages.shared.script_run import script_run, tell_line, wait

    st.session_state.page = "fit"
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    ended = threading.Event()
    with script_run():
        st.session_state.held = GATE.before()
        tell_line("2 runs before this one <b>")
        threading.Timer(0.2, ended.set).start()
        began = time.monotonic()
        st.session_state.came = wait(ended, 10)
        st.session_state.took = time.monotonic() - began
        st.session_state.late = wait(threading.Event(), 0.05)
    st.session_state.after = GATE.before()


def test_a_script_that_waits_runs_once_and_is_woken() -> None:
    state = AppTest.from_function(waiting).run(timeout=30).session_state
    assert (state.runs, state.came, state.late) == (1, True, False)
    assert state.took < 5
    assert (state.held, state.after) == ((1, 0), (0, 0))


def test_what_a_window_is_told_in_the_corner_is_text() -> None:
    app = AppTest.from_function(waiting).run(timeout=30)
    (line,) = [each.proto.body for each in app.get("html") if "class=" in each.proto.body]
    assert "2 runs before this one &lt;b&gt;" in line


def ending() -> None:
    import streamlit as st

    from pages.shared.script_run import script_run

    st.session_state.page = "fit"
    with script_run():
        st.text("drawn")
        st.stop()


def test_a_script_that_is_stopped_gives_its_place_back() -> None:
    from pages.shared.gate import GATE

    app = AppTest.from_function(ending).run(timeout=30)
    assert [each.value for each in app.text] == ["drawn"]
    assert GATE.before() == (0, 0)


def test_who_waits_for_a_place_reads_how_many_come_before() -> None:
    assert line_words(0) == "Many people are here. You are next."
    assert line_words(1) == "Many people are here. 1 other comes before you."
    assert line_words(7) == "Many people are here. 7 others come before you."

"""While a formula is being typed, the old verdict is marked as old."""

from streamlit.testing.v1 import AppTest

from core.experiment.experiment import Experiment
from pages.shared.stale import LONGEST, stale_words

TYPED = Experiment.from_settings({"loss.name": "typed"})


def test_the_last_valid_value_is_named() -> None:
    assert stale_words({}, TYPED) == ""
    words = stale_words({"loss.formula": "It ends too soon."}, TYPED)
    assert words.endswith(f"Verdict and charts are of its last valid value: {TYPED.loss.formula}")
    long = TYPED.with_settings({"loss.formula": "+".join(["r*r"] * 30)})
    assert len(stale_words({"loss.formula": ""}, long)) < LONGEST + 120
    both = stale_words({"loss.formula": "", "network.layers": ""}, TYPED)
    assert both.endswith("are not valid yet. Verdict and charts are of their last valid values.")


def page() -> None:
    import streamlit as st

    from core.experiment.experiment import Experiment
    from pages.shared.stale import stale_note

    st.session_state.experiment = own = Experiment.from_settings({"loss.name": "typed"})
    stale_note(None)
    stale_note(own)
    stale_note(Experiment())


def test_only_a_verdict_of_the_controls_is_marked() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.warning
    app.session_state["control_errors"] = {"loss.formula": "It ends too soon."}
    app.run()
    assert len(app.warning) == 2

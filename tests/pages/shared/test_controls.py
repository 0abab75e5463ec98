"""The controls: four of them first, the others under More, which says what a link changed and hides no error."""

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment.presets import GROUPS, PRESETS
from pages.shared.plain import plain
from pages.shared.state import widget_key


def page() -> None:
    import streamlit as st

    from pages.shared import state
    from pages.shared.controls import panel

    st.session_state.page = "fit"
    panel(state.current_experiment(with_data=False))


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=300)
    for name, value in query.items():
        app.query_params[name.replace("__", ".")] = value
    return app.run()


def shown(app: AppTest) -> list[str]:
    """The labels of all controls, in their order."""
    kinds = {"selectbox", "select_slider", "slider", "number_input", "text_input", "toggle"}
    return [element.label for element in app.main if element.type in kinds]


def more(app: AppTest) -> str:
    (button,) = [found for found in app.button if found.key == "more"]
    return button.label


def test_four_controls_stand_first_and_presets_are_in_their_groups() -> None:
    app = opened()
    assert shown(app) == ["Preset", "Profile σ(x)", "σ, averaged over x, unit of y", "Loss"]
    assert more(app) == "More settings"
    groups = [option.split(" · ")[0] for option in app.selectbox[0].options]
    assert list(dict.fromkeys(groups)) == list(GROUPS.values())
    assert len(groups) == len(PRESETS)


def test_what_a_link_changed_under_more_is_counted_and_named() -> None:
    app = opened(training__steps="60", data__n="500", noise__scale="0.1", v="2")
    assert more(app) == "More settings · 2 changed"
    app.button(key="more").click().run()
    assert plain("Other than in the preset: Points · Steps.") in [caption.value for caption in app.caption]
    assert [group.label for group in app.expander] == ["Data", "Noise", "Network", "Loss", "Training"]


def test_an_error_under_more_stays_in_sight() -> None:
    app = opened()
    app.button(key="more").click().run()
    app.session_state["group network"] = True
    app.run()
    app.session_state[widget_key("network.layers")] = "32, many"
    app.run()
    app.button(key="more").click()  # to fold it
    app.run()
    assert [error.value for error in app.error]
    assert "Hidden layers" in shown(app)


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({"data__table": "engel", "v": "2"}, ["Preset", "Data source", "Loss"]),
        (
            {"loss__name": "typed", "v": "2"},
            ["Preset", "Profile σ(x)", "σ, averaged over x, unit of y", "Loss", "Formula"],
        ),
    ],
)
def test_a_table_and_a_typed_loss_have_theirs_first(query: dict[str, str], labels: list[str]) -> None:
    assert shown(opened(**query)) == labels

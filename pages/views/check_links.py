"""Old addresses of Ask and the Loss doctor: the same question opens on the page Check a loss."""

import streamlit as st

from core.diagnosis.loss_check.given import Given, to_link
from core.diagnosis.loss_check.old_links import given_of_ask, given_of_loss
from core.experiment.link import of_experiment
from pages.shared import state


def from_doctor() -> None:
    """The loss of the experiment in the address, or of this window."""
    experiment = state.current_experiment(with_data=False)
    _open(given_of_loss(experiment.loss), (), st.session_state.link)


def from_ask() -> None:
    """The numbers and the loss in the address."""
    query = st.query_params.to_dict()
    given, remarks = given_of_ask(query)
    others = {name: value for name, value in query.items() if of_experiment(name)}
    _open(given, (*remarks, *state.keep_link(others)), others)


def _open(given: Given, remarks: tuple[str, ...], others: dict[str, str]) -> None:
    st.session_state.check_given, st.session_state.check_remarks = given, remarks
    st.switch_page(st.session_state.pages["check"], query_params={**others, **to_link(given)})

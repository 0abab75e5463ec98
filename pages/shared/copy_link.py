"""A button that copies this page's address: Streamlit has no element that writes to the clipboard."""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from core.data.tables.table_store import is_private
from core.experiment.data_settings import OWN_TABLE

_CSS = """
button {
  font: inherit; font-size: 0.875rem;
  color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.5rem);
  padding: 0.25rem 0.6rem; min-height: 2.5rem; white-space: nowrap;
}
button:hover, button:focus-visible {
  color: var(--st-primary-color); border-color: var(--st-primary-color); outline: none;
}
"""

# Browsers offer a clipboard object only over https or from this machine. Elsewhere the old command still copies a
# selection.
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const words = button.textContent;
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (!copied) throw new Error("no clipboard");
  };
  let timer;
  button.onclick = async () => {
    try {
      const { href, search } = window.location;
      await copy(search || !data.query ? href : `${href.split("#")[0]}?${data.query}`);
      button.textContent = data.copied;
    } catch {
      button.textContent = "Copy it from the address bar";
    }
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = words; }, 2000);
  };
  return () => clearTimeout(timer);
}
"""

_HINT = (
    "The address holds the whole experiment. This server shows the run that it kept. Trained again on another "
    "processor, it differs in the last digits."
)
_button = st.components.v2.component(
    "copy_link", html=f'<button type="button" aria-live="polite" title="{_HINT}">Copy link</button>', css=_CSS, js=_JS
)


def copy_link(query: Mapping[str, str] | None = None) -> None:
    """Draw the button. The address says all: whoever opens it sees the same page, if they may read its table.

    `query` stands in for that of an address without one, because what such an address opens may change one day.
    """
    experiment = st.session_state.get("experiment")
    private = experiment is not None and experiment.data.table == OWN_TABLE and is_private(experiment.data.csv)
    copied = "Link copied. Only you can read its table." if private else "Link copied"
    _button(key="copy link", data={"query": urlencode(query or {}), "copied": copied}, width="content")

"""Arrow keys turn the pages of the tour: they press the links Back and Next, unless a field or a slider has them."""

import streamlit as st

# The keys belong to whatever is focused where that uses them: a slider, a field, a group of buttons, a menu. Keys with
# a modifier belong to the browser (Alt + ← is Back).
_JS = """
const PAGES = { ArrowRight: "next", ArrowLeft: "back", PageDown: "next", PageUp: "back" };
const OWN = "input, textarea, select, [contenteditable='true'], [role='slider'], [role='radio'], [role='radiogroup'], "
  + "[role='tab'], [role='listbox'], [role='menu'], [role='spinbutton']";

export default function () {
  for (const link of document.querySelectorAll(".st-key-tour-numbers a")) {
    if (link.closest(".st-key-tour-here")) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
  const turn = (event) => {
    const place = PAGES[event.key];
    if (!place || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = event.composedPath()[0];
    if (at instanceof Element && at.closest(OWN)) return;
    const link = document.querySelector(`.st-key-tour-${place} a`);
    if (!link) return;
    event.preventDefault();
    link.click();
  };
  document.addEventListener("keydown", turn);
  return () => document.removeEventListener("keydown", turn);
}
"""

_keys = st.components.v2.component("tour_keys", html="", js=_JS)


def arrow_keys() -> None:
    """Listen to the arrow keys for as long as this is on the page."""
    with st.container(key="tour-keys"):
        _keys(key="tour keys")

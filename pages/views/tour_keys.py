"""Arrow keys turn the pages of the tour: they press the links Back and Next, unless a field or a slider has them."""

import streamlit as st

# The keys belong to whatever is focused where that uses them: a slider, a field, a group of buttons, a menu. Keys with
# a modifier belong to the browser (Alt + ← is Back).
_JS = """
const PAGES = { ArrowRight: "next", ArrowLeft: "back", PageDown: "next", PageUp: "back" };
const OWN = "input, textarea, select, [contenteditable='true'], [role='slider'], [role='radio'], [role='radiogroup'], "
  + "[role='tab'], [role='listbox'], [role='menu'], [role='spinbutton']";

const LONGEST_MS = 5000, LOOKS_MS = 50;
const linkTo = (place) => document.querySelector(`.st-key-tour-${place} a`);
const turns = [];
let left = {}, until = 0, waiting = 0;

// The links change some moments after the heading. Until then a press of a key waits, or it would lead to the step that
// is being drawn already.
function walk() {
  clearTimeout(waiting);
  if (!turns.length) return;
  const link = linkTo(turns[0]);
  if (link?.href === left[turns[0]] && Date.now() < until) {
    waiting = setTimeout(walk, LOOKS_MS);
    return;
  }
  turns.shift();
  if (!link) return;
  left = Object.fromEntries(["next", "back"].map((place) => [place, linkTo(place)?.href]));
  until = Date.now() + LONGEST_MS;
  link.click();
  walk();
}

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
    if (!linkTo(place)) return;
    event.preventDefault();
    turns.push(place);
    walk();
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

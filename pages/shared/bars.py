"""The bars at the top of every page: the four places, the views of the place one is in, and the main heading.

They stand before the page below them is computed. A page that shows an experiment then tells them its link and its
name, by `state.current_experiment`. On a phone the places are at the bottom: see `shell`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import account
from pages.shared.bars_style import HERE, STYLE
from pages.shared.parts import PARTS, Page
from pages.shared.plain import plain

APP = "Heteroscope"
_FOOT = {"tour": "The tour", "glossary": "Glossary"}
# The names in the link of an experiment: a setting (by its section), the pinned one, and the version of the link.
_OF_EXPERIMENT = re.compile(r"(?:data|noise|network|loss|training)\..*|pin|v", re.DOTALL)

# Streamlit's links say neither which of them is open nor that they are navigation, and the one to the bare address has
# an empty address, which a new tab takes for the page it came from. A link to a section of a page (`why`) goes there by
# the page's own link, if that holds the same experiment, and scrolls to it once it is drawn and the charts above it
# have their heights, unless the person does something else meanwhile. Otherwise it opens a tab, as all links.
_JS = """
const PREFIX = "see-", LONGEST_MS = 60000, STEADY_MS = 1500;
let stop = () => {};

const set = (element, name, value) => {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
};

// Which link is open is read from the style, which comes with the page: see HERE. So it can never be of another page.
function mark() {
  const bars = document.querySelector(".st-key-bars");
  if (!bars) return;
  for (const [row, label] of [["places", "Places"], ["views", "Views"]]) {
    const found = bars.querySelector(`.st-key-${row}`);
    set(found, "role", "navigation");
    set(found, "aria-label", label);
  }
  for (const link of bars.querySelectorAll("a")) {
    if (getComputedStyle(link).getPropertyValue("--mark").trim()) set(link, "aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  set(bars.querySelector(".st-key-places a"), "href", ".");  // the first is Start
}

// To read the style costs time: it is done only where the style or a link is new.
function touchesBars({ target, addedNodes }) {
  const near = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
  if (near?.closest("style")) return true;
  const drawn = "style, .st-key-bars, .st-key-bars a";
  return [...addedNodes].some((node) => node.matches?.(drawn) || node.querySelector?.(drawn));
}

function seek(anchor) {
  stop();
  const begun = Date.now(), acts = ["wheel", "touchstart", "pointerdown", "keydown"];
  let steady = 0, top;
  const look = () => {
    const key = CSS.escape(anchor.slice(PREFIX.length));
    const place = document.getElementById(anchor) || (key && document.querySelector(`.st-key-${key}`));
    const runs = document.querySelector('.stApp[data-test-script-state="running"]');
    if (place) {
      if (top === undefined) { place.tabIndex = -1; place.focus({ preventScroll: true }); }
      place.scrollIntoView({ block: "start" });
      const now = place.getBoundingClientRect().top;
      if (now !== top || runs) steady = Date.now();
      top = now;
      if (Date.now() - steady > STEADY_MS) stop();
    }
    if (Date.now() - begun > LONGEST_MS) stop();
  };
  const timer = setInterval(look, 100);
  stop = () => {
    clearInterval(timer);
    for (const act of acts) removeEventListener(act, stop, true);
  };
  for (const act of acts) addEventListener(act, stop, true);
}

function follow(event) {
  const link = event.target.closest?.(`a[href*="#${PREFIX}"]`);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const there = new URL(link.href), anchor = there.hash.slice(1);
  const links = ["views", "places"].flatMap((row) => [...document.querySelectorAll(`.st-key-${row} a`)]);
  const own = links.find((each) => {
    const to = new URL(each.href);
    return to.pathname === there.pathname && to.searchParams.toString() === there.searchParams.toString();
  });
  if (!own) return;
  event.preventDefault();
  if (!own.closest(".st-key-views") || !own.hasAttribute("aria-current")) own.click();
  seek(anchor);
}

export default function () {
  let waiting = 0;
  const observer = new MutationObserver((changes) => {
    if (!waiting && changes.some(touchesBars)) waiting = setTimeout(() => { waiting = 0; mark(); }, 50);
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  document.addEventListener("click", follow);
  if (location.hash.length > 1) seek(location.hash.slice(1));
  mark();
  return () => {
    clearTimeout(waiting);
    observer.disconnect();
    document.removeEventListener("click", follow);
  };
}
"""
_script = st.components.v2.component("bars", js=_JS)


def names_an_experiment(query: Mapping[str, str]) -> bool:
    """Whether a query has a setting of an experiment: the bare address opens Fit with it, as it always did."""
    return any(_OF_EXPERIMENT.fullmatch(name) for name in query)


def draw(name: str, pages: Mapping[str, Page]) -> None:
    """Draw the bars of a page, with the experiment's link as far as it is known."""
    page, memory = pages[name], st.session_state
    known = {key: value for key, value in st.query_params.items() if _OF_EXPERIMENT.fullmatch(key)}
    memory.bars, link = {}, memory.get("experiment_link", known)
    views = [key for key, each in pages.items() if each.part == page.part and each.listed]
    here = [_link("places", [*PARTS], page.part), _link("views", views, name)]
    st.html(f"<style>{STYLE}\n{', '.join(filter(None, here))} {HERE}</style>")
    with st.container(key="bars", gap=None):
        with st.container(horizontal=True, gap="xxsmall", key="places"):
            for part, row in PARTS.items():
                first = next(key for key, each in pages.items() if each.part == part and each.listed)
                _place(f"place {part}", first, link, pages, label=row.label, icon=row.icon)
        if len(views) > 1:
            with st.container(horizontal=True, gap="xxsmall", key="views"):
                for key in views:
                    _place(f"view {key}", key, link, pages, label=pages[key].title, icon="")
        with st.container(key="bars-script"):
            _script(key="bars script")
        memory.heading = None
        if not page.own_heading:
            with st.container(key="heading"):
                memory.heading = st.title(_heading(page, memory.get("run_name")), anchor=False)
    memory.bars_page = page


def _link(row: str, names: Sequence[str], name: str) -> str:
    """The selector of the link in a row of the bars, by its place there; empty where the row has none of the name."""
    return f".st-key-{row} > :nth-child({names.index(name) + 1}) a" if name in names else ""


def foot(name: str, pages: Mapping[str, Page]) -> None:
    """The ways on at the end of a page: what the bars have no place for."""
    with st.container(horizontal=True, gap="xxsmall", key="foot"):
        for page, label in ({} if pages[name].own_heading else _FOOT).items():
            if page != name:
                st.page_link(st.session_state.pages[page], label=label)
        account.draw(name)


def _place(key: str, name: str, link: Mapping[str, str], pages: Mapping[str, Page], *, label: str, icon: str) -> None:
    of_experiment = PARTS[pages[name].part].of_experiment
    options: dict[str, Any] = {"label": label, "icon": icon, "help": ""}
    target, query = st.session_state.pages[name], dict(link) if of_experiment else None
    drawn = st.page_link(target, query_params=query, **options)
    if of_experiment:
        st.session_state.bars[key] = drawn, target, options, query


def tell(link: Mapping[str, str], run_name: str) -> None:
    """Put the experiment's link into the bars, and the name of its run into the heading and the window's title."""
    memory, context = st.session_state, get_script_run_ctx()
    memory.experiment_link = dict(link)
    if "bars" not in memory or context is None:  # a page drawn by itself
        return
    # As parts of the frame: what belongs to a page is taken away at once when another is opened.
    with context.run_with_active_hash(context.pages_manager.main_script_hash):
        for drawn, target, options, query in memory.bars.values():
            if query != memory.experiment_link:
                drawn.page_link(target, query_params=memory.experiment_link, **options)
        if memory.heading is not None and memory.get("run_name") != run_name:
            memory.heading.title(_heading(memory.bars_page, run_name), anchor=False)
    if memory.get("run_name") != run_name:
        memory.run_name = run_name
        st.set_page_config(page_title=window_title(memory.bars_page, run_name))


def _heading(page: Page, run_name: str | None) -> str:
    name = f" :gray[{plain(run_name)}]" if run_name and PARTS[page.part].of_experiment else ""
    return f"{page.title}{name}"


def window_title(page: Page, run_name: str | None) -> str:
    """The title in the browser's tab: the page, the name of the run that it shows, if any, and the app."""
    name = [run_name] if run_name and PARTS[page.part].of_experiment else []
    return " · ".join((page.title, *name, APP))


def heading(words: str) -> None:
    """The main heading of a page with OWN_HEADING, which has exactly one."""
    st.title(words, anchor=False)

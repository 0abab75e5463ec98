"""Technical terms in sentences: underlined with dots, and their definition opens by click, tap or key.

A term is a link to its place on the page Glossary, with the definition as its title: Markdown alone, from our own
table, so that it works without the script below. With it, the definition opens beside the term instead of a new tab.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from core.glossary.term import Term

_MEMORY = "terms linked"  # each term of this page, and the text in which it is a link
_NO_TERMS = r"`[^`]*`|!?\[[^\]]*\]\([^)]*\)|:material/\w+:|\\?\$[^$]*\$"  # code, links, icons and formulas


def _spelled(form: str) -> str:
    """A form of a term as a pattern: hyphens may be escaped, as `plain` does, and spaces may not break."""
    return re.escape(form).replace(r"\-", r"\\?-").replace(r"\ ", "[ \u00a0]")


@cache
def _by_form() -> Mapping[str, tuple[str, "Term"]]:
    """Each spelling of a term, in small letters, with the spelling itself and the term; the longest first."""
    from core.glossary.glossary import GLOSSARY  # not while the first page of a server waits

    forms = [(form, term) for term in GLOSSARY.values() if not term.everyday for form in term.spellings]
    return {form.casefold(): (form, term) for form, term in sorted(forms, key=lambda pair: -len(pair[0]))}


@cache
def _pattern() -> re.Pattern[str]:
    forms = "|".join(_spelled(form) for form, _ in _by_form().values())
    return re.compile(rf"(?P<skip>{_NO_TERMS})|(?<![\w-])(?P<term>{forms})(?![\w-])", re.IGNORECASE)


def termed(text: str) -> str:
    """Markdown text in which each known term is a link to its definition, at its first place on the page alone."""
    linked: dict[str, str] = st.session_state.setdefault(_MEMORY, {})

    def link(found: re.Match[str]) -> str:
        words = found[0]
        term = None if found["term"] is None else _term_of(words)
        if term is None or linked.get(term.name, text) != text or (term.name, text) in here:
            return words
        here.add((term.name, text))
        linked[term.name] = text
        return f'[{words}](glossary#{term.slug} "{term.meaning}")'

    here: set[tuple[str, str]] = set()
    return _pattern().sub(link, text)


def _term_of(words: str) -> "Term | None":
    """The term with this spelling; None where an abbreviation has other capitals."""
    spelled = words.replace("\\", "").replace("\u00a0", " ")
    form, term = _by_form()[spelled.casefold()]
    is_abbreviation = form[1:] != form[1:].lower()
    return None if is_abbreviation and spelled != form else term


_HTML = """
<div class="definition" popover role="dialog" aria-labelledby="term" tabindex="-1">
  <strong id="term"></strong><p></p><a target="_blank" rel="noopener">More in the glossary</a>
</div>
"""

_CSS = """
.definition {
  position: fixed; inset: auto; margin: 0; box-sizing: border-box; width: min(22rem, calc(100vw - 2rem));
  padding: 0.75rem 1rem; font-size: 0.9375rem; line-height: 1.45;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 0.5rem; box-shadow: 0 4px 16px rgb(0 0 0 / 20%);
}
.definition:focus { outline: none; }
.definition:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
p { margin: 0.25rem 0 0.5rem; }
a { color: inherit; text-underline-offset: 0.2em; }
"""

# One listener for the whole page, because the links come and go with their sentences. A click with a key held opens
# the glossary in a new tab, as it does for every link. Escape and a click elsewhere close the definition.
_JS = """
const listening = new WeakMap();

function listen(root) {
  const box = root.querySelector(".definition");
  const [name, meaning, more] = ["strong", "p", "a"].map((part) => box.querySelector(part));
  const place = (link) => {
    const at = link.getClientRects()[0], { width, height } = box.getBoundingClientRect();
    const left = Math.max(16, Math.min(at.left, innerWidth - width - 16));
    const top = at.bottom + 6 + height < innerHeight ? at.bottom + 6 : Math.max(8, at.top - 6 - height);
    Object.assign(box.style, { left: `${left}px`, top: `${top}px` });
  };
  const open = (event) => {
    const link = event.composedPath().find((part) => part.matches?.('a[href^="glossary#"]'));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !box.isConnected) return;
    event.preventDefault();
    name.textContent = link.textContent;
    meaning.textContent = link.title;
    more.href = link.href;
    box.showPopover();
    place(link);
    box.focus({ preventScroll: true });
    box.onbeforetoggle = (change) => {
      if (change.newState === "closed" && box.matches(":focus-within")) link.focus({ preventScroll: true });
    };
  };
  const close = () => box.matches(":popover-open") && box.hidePopover();
  document.addEventListener("click", open);
  addEventListener("resize", close);
  document.addEventListener("scroll", close, { capture: true, passive: true });
  return () => {
    close();
    document.removeEventListener("click", open);
    removeEventListener("resize", close);
    document.removeEventListener("scroll", close, { capture: true });
    listening.delete(root);
  };
}

export default function ({ parentElement }) {
  if (!listening.has(parentElement)) listening.set(parentElement, listen(parentElement));
  return listening.get(parentElement);
}
"""

_definition = st.components.v2.component("definition", html=_HTML, css=_CSS, js=_JS)

STYLE = """
.stApp a[href^="glossary#"] {
  color: inherit !important; text-decoration: underline dotted; text-underline-offset: 0.2em; cursor: help;
}
.stApp a[href^="glossary#"]:hover { text-decoration-style: solid; }
.st-key-definition { position: absolute; height: 0; }
"""


@contextmanager
def definitions(*, late: bool = False) -> Iterator[None]:
    """Around all that a page draws: its terms are links, and their definitions open on the page.

    A page that has to be light is `late`: what opens definitions is sent after it, and only if it has a term.
    """
    linked = st.session_state[_MEMORY] = {}
    if not late:
        _put()
    yield
    if late and linked:
        _put()


def _put() -> None:
    with st.container(key="definition"):
        _definition(key="definition box", height=0)

"""How the tour looks: large sentences, and in class mode one screen for a projector, without navigation."""

import io
import ipaddress
from urllib.parse import urlencode, urlsplit

import streamlit as st

_STYLE = """
.st-key-bars { min-height: 0; }
.st-key-tour h1 { padding: 0 0 0.3rem; font-size: 1.75rem; line-height: 1.2; }
.st-key-tour-sentence { min-height: 3.2rem; }
.st-key-tour-sentence p { font-size: 1.25rem; line-height: 1.45; }
.st-key-tour-turn a { min-height: 2.75rem; padding-inline: 1rem; border: 1px solid var(--st-border-color, #8884); }
.st-key-tour-numbers a { padding-inline: 0.7rem; }
.st-key-tour-here a { border: 2px solid var(--st-primary-color, #0072B2); }
.st-key-tour-nowhere { visibility: hidden; }
.st-key-tour-keys { position: absolute; height: 0; }
.st-key-tour-narrow { display: none; }
@media (max-width: 767.98px) {
  div:has(> :is(.st-key-tour-numbers, .st-key-tour-mode)) { display: none; }
  .st-key-tour h1 { font-size: 1.5rem; }
  .st-key-tour-sentence p { font-size: 1.125rem; }
}
"""

# A projector shows few pixels to people who sit far off. On a phone class mode is a page that scrolls.
_CLASS_STYLE = """
.stApp header, [data-testid="stSidebar"], .st-key-bars { display: none !important; }
.stMainBlockContainer { padding: 1rem 2rem 0.5rem !important; }
.st-key-tour { gap: 0.6rem; }
.st-key-tour-qr { align-items: center; }
.st-key-tour-questions { gap: 0.6rem; }
@media (min-width: 900px) {
  .st-key-tour h1 { font-size: 2.2rem; }
  .st-key-tour-sentence { min-height: 4.4rem; }
  .st-key-tour-sentence p { font-size: 1.55rem; line-height: 1.4; }
  .st-key-tour [data-testid="stCaptionContainer"] p { font-size: 1rem; }
  .st-key-tour :is(label, button, a, summary, [role="radio"]) p { font-size: 1.2rem; }
  :is(.st-key-tour-questions [data-testid="stExpanderDetails"], .st-key-tour-own) :is(p, li) {
    font-size: 1.25rem; line-height: 1.4;
  }
  .st-key-tour-turn a { min-height: 3.2rem; padding-inline: 1.4rem; }
}
@media (max-width: 899.98px) {
  .st-key-tour-narrow, div:has(> .st-key-tour-mode) { display: flex; }
  .stMainBlockContainer { padding-inline: 1rem !important; }
}
"""
_QR_WIDTH = 116


def link_to(name: str, in_class: bool) -> dict[str, str]:
    """The query of a step's link."""
    return {"step": name, "class": "1"} if in_class else {"step": name}


def style(in_class: bool) -> None:
    """The style of the tour, and that of class mode."""
    st.html(f"<style>{_STYLE}{_CLASS_STYLE if in_class else ''}</style>")


def narrow_note() -> None:
    """What class mode leaves out on a phone; the style shows it there alone."""
    with st.container(key="tour-narrow"):
        st.caption("Class mode is made for a projector: on a screen this narrow the page scrolls.")


def qr_code(query: dict[str, str]) -> None:
    """The link of this step as a QR code, for phones in the room; in words where they cannot open it."""
    address = (st.context.url or "").split("?")[0]
    with st.container(key="tour-qr"):
        if not address:
            st.caption("The browser did not tell its address, so there is no QR code.")
            return
        link = f"{address}?{urlencode(query)}"
        st.image(qr_image(link), width=_QR_WIDTH, alt=f"QR code of {link}")
        if is_this_machine(address):
            st.caption("Phones cannot open this address: open the page by the computer’s network address.")
        else:
            st.caption("This step on your phone")


def qr_image(link: str) -> bytes:
    """A link as a QR code: a PNG, black on white in either theme, so that every camera reads it."""
    import segno

    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=8, border=3)
    return picture.getvalue()


def is_this_machine(address: str) -> bool:
    """Whether an address means the machine that opens it, so that other machines find nothing there."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""Whether the page is shown as narrow as on a phone: the browser tells, because no server can see it."""

import streamlit as st

PHONE = 640  # pixels of width below which columns stand below each other, and the style is that of a phone

_JS = """
export default function ({ data, setStateValue }) {
  const narrow = matchMedia("(max-width: @WIDTHpx)");
  const tell = () => { if (narrow.matches !== data.phone) setStateValue("phone", narrow.matches); };
  narrow.addEventListener("change", tell);
  tell();
  return () => narrow.removeEventListener("change", tell);
}
""".replace("@WIDTH", f"{PHONE - 0.02}")

_KEY = "viewport"
_component = st.components.v2.component("viewport", html="", css=":host { display: none; }", js=_JS)


def is_phone() -> bool:
    """Whether the page is that narrow. Until the browser has told, what it calls itself says it.

    A wrong guess costs a second script run when a window opens; phones tell what they are, so that theirs is right.
    """
    told = st.session_state.get(_KEY, {}).get("phone")
    phone = "Mobi" in str(st.context.headers.get("User-Agent", "")) if told is None else bool(told)
    with st.container(key="viewport-place"):
        _component(key=_KEY, data={"phone": phone}, on_phone_change=lambda: None)
    return phone

"""What Streamlit leaves undone for people who read with difficulty, or use a keyboard: colours, focus, regions, help.

Streamlit writes white on the primary colour of both schemes, and colours code by a fixed list; the style sets colours
with a contrast of at least 4.5 (WCAG 2.1, 1.4.3). The script does what no style can.
"""

from html import escape

import streamlit as st

# light-dark() follows Streamlit's choice of scheme, which it writes into the property color-scheme. The colours are
# those of core.charts.palette; a test holds that, because importing them would delay the first element of a page.
ON_PRIMARY = ("#FFFFFF", "#12161C")
CODE = {
    "comment": ("#676E7B", "#9AA2AE"),
    "number": ("#008060", "#2CC295"),
    "boolean": ("#008060", "#2CC295"),
    "string": ("#008060", "#2CC295"),
    "operator": ("#BF4F00", "#F28E5C"),
    "decorator": ("#BF4F00", "#F28E5C"),
    "keyword": ("#0072B2", "#56B4E9"),
    "function": ("#0072B2", "#56B4E9"),
    "class-name": ("#0072B2", "#56B4E9"),
    "builtin": ("#0072B2", "#56B4E9"),
    "tag": ("#0072B2", "#56B4E9"),
}
MUTED = ("#676E7B", "#9AA2AE")
FOCUS = ("#0072B2", "#56B4E9")


def _light_dark(pair: tuple[str, str]) -> str:
    return f"light-dark({pair[0]}, {pair[1]})"


STYLE = f"""
<style>
:is([data-testid^="stBaseButton-primary"], [data-tag]):is(*, :hover, :focus, :active),
:is([data-testid^="stBaseButton-primary"], [data-tag]) :is(span, p, div, button) {{ color: {_light_dark(ON_PRIMARY)}; }}
{"".join(f".stCode .token.{name} {{ color: {_light_dark(pair)}; }}" for name, pair in CODE.items())}
.stApp :is(a, [data-scrolls], .stMain):focus-visible {{
  outline: 2px solid {_light_dark(FOCUS)} !important; outline-offset: 1px;
}}
.stApp .stMain:focus-visible {{ outline-offset: -2px; }}
.stMain {{ scroll-padding-block: 4.25rem 1rem; }}
@media (max-width: 767.98px) {{ .stMain {{ scroll-padding-bottom: 5rem; }} }}
:is([class*="st-key-table-"], .st-key-differences, .st-key-compared, .st-key-compared-runs, .st-key-readings) {{
  overflow-x: auto;
}}
.stApp .st-key-compared :is(th, td) {{ padding-inline: 0.45rem; }}
.stSidebar[data-collapsed="true"] [data-testid="stSidebarContent"] {{ visibility: hidden; }}
[data-testid="stElementToolbar"]:focus-within {{ opacity: 1 !important; visibility: visible !important; z-index: 2; }}
.stPageLink a:is([disabled], [aria-disabled="true"]) :is(p, span) {{ color: {_light_dark(MUTED)}; }}
div:has(> .st-key-accessible), [data-testid="stElementContainer"]:has(> * > .chart-seen) {{ display: none; }}
@media (prefers-reduced-motion: reduce) {{
  .stApp *, .stApp *::before, .stApp *::after {{
    transition-duration: 0.01ms !important; animation-duration: 0.01ms !important; scroll-behavior: auto !important;
  }}
}}
</style>
"""

# Help buttons: Streamlit puts a "?" before its control, so that half of all stops of Tab were those. Now Tab goes
# from control to control, and Shift+Tab from a control to its own "?". All remain for the pointer and screen readers.
# Regions that scroll sideways, tables and code, get a place in the order of Tab, without which a keyboard could not
# scroll them. They are looked for once a page has changed and rests a moment, and once a second while it changes.
# What is seen on a chart becomes its label, from the element that `tell_chart` puts beside it.
_JS = """
<script>
(() => {
  if (window.heteroscopeAccessible) return;
  window.heteroscopeAccessible = true;
  const HELP = 'button[aria-label^="Help for"]';
  const REGIONS = [
    '[class*="st-key-table-"]', '.st-key-differences', '[class*="st-key-compared"]', '.st-key-readings',
    '.stCode pre', '.stMarkdown table', '[data-testid="stMarkdownContainer"] pre',
  ].join();
  const widget = (element) => element?.closest?.('[data-testid="stElementContainer"]');
  const putHelpAside = (own) => {
    for (const help of document.querySelectorAll(HELP)) {
      help.tabIndex = own && widget(help) === own ? 0 : -1;
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const at = document.activeElement;
    putHelpAside(event.shiftKey && !at?.matches?.(HELP) ? widget(at) : null);
  }, true);
  const markRegions = () => {
    for (const region of document.querySelectorAll(REGIONS)) {
      const wide = region.scrollWidth > region.clientWidth + 1;
      const scrolls = wide && /auto|scroll/.test(getComputedStyle(region).overflowX);
      if (scrolls && !region.hasAttribute("tabindex")) {
        region.tabIndex = 0;
        region.setAttribute("role", "group");
        region.setAttribute("aria-label", `${region.tagName === "PRE" ? "Code" : "Table"}, scrolls sideways`);
        region.dataset.scrolls = "";
      } else if (!scrolls && "scrolls" in region.dataset) {
        for (const name of ["tabindex", "role", "aria-label", "data-scrolls"]) region.removeAttribute(name);
      }
    }
  };
  const labelCharts = () => {
    for (const seen of document.querySelectorAll(".chart-seen")) {
      const before = seen.closest('[data-testid="stElementContainer"]').previousElementSibling;
      const chart = before?.querySelector('[data-testid="stVegaLiteChart"]'), words = seen.dataset.seen;
      if (chart && chart.getAttribute("aria-label") !== words) chart.setAttribute("aria-label", words);
    }
  };
  let waiting = 0, since = 0;
  const look = () => { since = 0; markRegions(); labelCharts(); };
  const soon = () => {
    since ||= Date.now();
    clearTimeout(waiting);
    waiting = setTimeout(look, Math.max(0, Math.min(200, since + 1000 - Date.now())));
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", soon);
  soon();
})();
</script>
"""


def make_accessible() -> None:
    """The style and the script; the script acts once in a window."""
    st.html(STYLE)
    with st.container(key="accessible"):
        st.html(_JS, unsafe_allow_javascript=True)


def tell_chart(words: str) -> None:
    """Make `words` the text alternative of the chart drawn just before."""
    st.html(f'<span class="chart-seen" data-seen="{escape(words)}"></span>')

"""The look of the bars: in the header's band where there is room, and at the bottom of a phone."""

# Streamlit's page turns into a phone's, with the sidebar above it, below 768 pixels. On wider screens the row of places
# is placed over the header, which does not scroll; on a phone it is fixed at the bottom, above the browser's own bar,
# and the page ends above it.
STYLE = """
.stApp { --ground: light-dark(#FFFFFF, #12161C); --ink: light-dark(#1A1C21, #F0F2F5);
  --line: light-dark(#D5D8DE, #3A424E); --here: light-dark(#0072B2, #56B4E9); }
.st-key-bars { flex-flow: row wrap; align-items: baseline; gap: 0; min-height: 2.25rem; }
.st-key-bars > * { width: auto; flex: none; max-width: 100%; }
.st-key-bars > :has(> .st-key-heading) { flex: 1 1 auto; }
.st-key-bars > :has(> .st-key-bars-script) { position: absolute; width: 0; height: 0; overflow: hidden; }
.st-key-heading div { margin: 0; }
.st-key-heading h1 { padding: 0.25rem 0; font-size: 1rem; line-height: 1.5rem; }
.st-key-heading h1 span[style] { font-weight: 400; }
.st-key-bars a[data-testid] { padding: 0.1rem 0.6rem; background: none; border-radius: 0;
  border-bottom: 2px solid var(--mark, transparent); }
.st-key-bars a[data-testid]:hover { border-bottom-color: var(--mark, var(--line)); }
.st-key-bars a[data-testid]:focus-visible { outline: 2px solid var(--here); outline-offset: -2px; }
.st-key-bars a[data-testid] p { font-weight: var(--weight, 400); }
.st-key-views a[data-testid] p { font-size: 0.9375rem; }
.st-key-bars > :has(> .st-key-views) { margin: 0 1.25rem 0 -0.6rem; }
.stMain :is([id^="see-"], [class*="-chart"], [class*="st-key-table"]) { scroll-margin-top: 6.5rem; }
.stMain [tabindex="-1"]:focus { outline: none; }
@media (min-width: 768px) {
  .st-key-bars > :has(> .st-key-places) { width: 0; min-width: 0; }
  .st-key-places { position: absolute; top: 0; left: 2.4rem; height: 3.75rem; z-index: 999990; align-items: center;
    pointer-events: none; }  /* it is as wide as the page: the main menu beneath it stays within reach */
  .st-key-places a { pointer-events: auto; }
}
@media (max-width: 767.98px) {
  .st-key-places { position: fixed; inset: auto 0 0; z-index: 999980; flex-wrap: nowrap; gap: 0;
    background: var(--ground); border-top: 1px solid var(--line);
    padding: 0 0.25rem env(safe-area-inset-bottom, 0); }
  .st-key-places > *, .st-key-places .stElementContainer { flex: 1 1 0; width: 100%; min-width: 0; }
  .st-key-places > * > div { width: 100%; }
  .st-key-places a[data-testid] { flex-direction: column; justify-content: center; gap: 0; padding: 0.35rem 0 0.25rem;
    min-height: 3.5rem; border-bottom: 0; border-top: 2px solid var(--mark, transparent); }
  .st-key-places a[data-testid] p { font-size: 0.75rem; white-space: nowrap; }
  .stMainBlockContainer { padding-top: 3.75rem; padding-bottom: calc(5.5rem + env(safe-area-inset-bottom, 0px)); }
}
.st-key-foot { margin-top: 1rem; border-top: 1px solid var(--line); padding-top: 0.25rem; }
.st-key-foot a[data-testid] p { font-size: 0.875rem; }
"""
# Which one is open is a rule, and no key of its own: keys that stay keep the links when another page is opened.
HERE = "{ --mark: var(--here); --weight: 600; }"

"""The words that a page opens with, before its scripts have arrived: they go when the page stands."""

# By the name of a page: a heading, and a line beneath. "" is any other.
WORDS = {
    "start": (
        "Why is my loss negative, and why does my variance look wrong?",
        "Heteroscope answers this for networks that predict a mean and a variance: check your own loss, watch one "
        "train, or bring a table.",
    ),
    "": ("Heteroscope", "The page is opening…"),
}
HERE = '<div id="root"></div>'  # the place in the frame before which they stand

# Not inside #root, which is empty between the start of the frontend and the first element of a page.
FIRST_WORDS = """
<style>
#first-words { position: fixed; inset: 0; z-index: 1; padding: 4.9rem 3rem; pointer-events: none;
  font-family: "Source Sans", "Source Sans Pro", sans-serif; background: #FFFFFF; color: #1A1C21; }
#first-words h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 0.5rem; line-height: 1.2; text-wrap: balance; }
#first-words p { font-size: 1rem; margin: 0 0 1rem; line-height: 1.6; }
#first-words hr { border: 0; margin: 0; height: 3px; width: 6rem; background: #0072B2; animation: opening 1.2s infinite
  alternate ease-in-out; transform-origin: left; }
@keyframes opening { from { transform: scaleX(0.15); } to { transform: scaleX(1); } }
@media (prefers-reduced-motion: reduce) { #first-words hr { animation: none; } }
@media (max-width: 640px) { #first-words { padding: 4.9rem 1rem; } }
@media (prefers-color-scheme: dark) {
  #first-words { background: #12161C; color: #F0F2F5; }
  #first-words hr { background: #56B4E9; }
}
</style>
<div id="first-words"><h1>TITLE</h1><p>WORDS</p><noscript><p>This page needs JavaScript: turn it on and load the page
again.</p></noscript><hr></div>
<script>
(() => {
  const stands = "[data-testid=stMain] [data-testid=stElementContainer] :is(h1, h2, h3, p), [role=dialog]";
  const look = () => {
    if (document.querySelector(stands)) { document.getElementById("first-words")?.remove(); watch.disconnect(); }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.documentElement, { childList: true, subtree: true });
})();
</script>
"""

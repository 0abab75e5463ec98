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
#first-words { position: fixed; inset: 0; z-index: 1; padding: 6.5rem 3rem; pointer-events: none;
  font-family: "Source Sans", "Source Sans Pro", sans-serif; background: #FFFFFF; color: #1A1C21; }
#first-words h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 1rem; line-height: 1.2; }
#first-words p { font-size: 1rem; margin: 0; line-height: 1.6; }
@media (max-width: 640px) { #first-words { padding: 5rem 1rem; } }
@media (prefers-color-scheme: dark) { #first-words { background: #12161C; color: #F0F2F5; } }
</style>
<div id="first-words"><h1>TITLE</h1><p>WORDS</p></div>
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

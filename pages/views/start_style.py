"""The look of the Start page: its style, and the picture of the tour, which needs no chart library."""

from functools import cache
from pathlib import Path
from urllib.parse import quote

# The three numbers share a line on a phone too, so that the button stays on the first screen. Links look like buttons.
STYLE = """
<style>
.st-key-bars { min-height: 0; margin-bottom: -1rem; }
.st-key-start h1 { padding: 0 0 0.5rem; }
:is(.st-key-start-mine, .st-key-start-show, .st-key-start-table) h2 { padding: 0 0 0.4rem; }
.st-key-start-numbers .stHorizontalBlock { flex-wrap: nowrap; gap: 0.5rem; }
.st-key-start-numbers .stColumn { min-width: 0; }
.st-key-start-numbers label p { white-space: nowrap; }
.st-key-start-picture img { display: block; width: 100%; max-width: 32rem; }
:is(.st-key-start-tour, .st-key-start-predictions) a {
  border: 1px solid; border-color: #7D8590; border-radius: 0.5rem; padding: 0.35rem 0.75rem; width: fit-content;
}
@media (max-width: 640px) {
  .st-key-start-numbers [data-testid="stTooltipIcon"] { display: none; }
  .st-key-start-numbers label p { font-size: 0.8125rem; }
}
</style>
"""
_PICTURE = Path(__file__).parents[1] / "shared" / "start_picture.svg"
_ALT = (
    "Left: points that scatter more and more along x, with the fitted mean and its band, which widens with them. "
    "Right: the loss over the steps falls through zero and ends far below it."
)
_TEXT = {"light": "#1A1C21", "dark": "#F0F2F5"}


@cache
def picture(scheme: str) -> str:
    """The picture as HTML, in the colours of a scheme."""
    drawn = _PICTURE.read_text(encoding="utf-8").replace("currentColor", _TEXT[scheme])
    return f'<img alt="{_ALT}" src="data:image/svg+xml,{quote(drawn)}">'

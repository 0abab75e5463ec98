"""The look of the Start page: its style, and the picture of the tour, which needs no chart library."""

STYLE = """
<style>
.st-key-start-mine h2, .st-key-start-show h2, .st-key-start-table h2 { padding: 0 0 0.25rem; }
</style>
"""

PICTURE = ""

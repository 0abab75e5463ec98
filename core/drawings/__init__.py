"""The charts of one run, each by the question that its page asks: what pages draw, and what exports print.

A function here puts what `core.diagnosis` found into a table and a specification of `core.charts`, with its axes; the
`scheme` is the page's, "light" or "dark", and "light" on paper.
"""

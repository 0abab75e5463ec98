"""Check a loss: what the outputs of somebody's own loss mean, and what is wrong with it."""

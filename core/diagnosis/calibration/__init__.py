"""Whether a predicted spread can be trusted."""

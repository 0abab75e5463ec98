"""Whether a predicted spread can be believed."""

"""What a net does not know: ways to tell it, each with its cost, side by side on data with a gap."""

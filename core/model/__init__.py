"""WHAT is fitted: networks, losses, and what a network's outputs mean."""

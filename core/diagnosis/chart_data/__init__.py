"""What charts of a run show, as tables with their sentences."""

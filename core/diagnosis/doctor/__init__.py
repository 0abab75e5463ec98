"""The loss doctor, and questions about a run that was trained elsewhere."""

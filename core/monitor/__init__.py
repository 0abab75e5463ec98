"""The laboratory beside somebody's own training loop: what is watched, what is told, and the record of it."""

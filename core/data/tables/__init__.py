"""Real tables: files read, stored, split and encoded."""

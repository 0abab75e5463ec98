"""What a table should be warned of before it is trained on: rows, columns and targets that mislead."""

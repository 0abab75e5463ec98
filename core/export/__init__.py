"""What a run leaves with: a script, weights, tables and pictures. `export_table` lists them."""

"""The charts of one run, assembled once: pages draw them and exports print them. `chart_table` lists them."""

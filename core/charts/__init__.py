"""Charts: tables in, Vega-Lite specs out.

A chart has two parts. Its *spec* holds everything that an experiment fixes (domains, colours, words) and is built once;
its *table* holds the rows of one moment. A page that sends the same spec with new rows replaces the rows in the
existing view, without building the chart again.
"""

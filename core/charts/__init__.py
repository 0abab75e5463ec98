"""Charts: tables in, Vega-Lite specs out.

A chart is two things. Its *spec* holds everything that an experiment fixes (domains, colours, words) and is built
once; its *table* holds the rows of one moment. A page that sends the same spec with new rows swaps the rows in the
view that stands, without building the chart again.
"""

"""Charts: tables in, Vega-Lite specs out.

A chart has two parts. Its *spec* holds everything that an experiment fixes (domains, colours, words) and is built once;
its *table* holds the rows of one moment. A page that sends the same spec with new rows replaces the rows in the
existing view, without building the chart again.

A file has a function NAME_table for the rows and a function NAME_spec for the spec. The spec takes the ``scheme``,
"light" or "dark", the domains of x and y, and the pixels kept for the labels of y, ``extent``. Equal arguments give one
cached dict, which must not be changed.
"""

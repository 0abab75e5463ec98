"""WHAT is kept, and where training happens: the store (SQL) and the workers (Dask)."""

"""Trials on the workers of a Dask scheduler: one worker a host, one trial at a time on each."""

"""Isolated sets of packages as of a day, from the index or from a commit."""

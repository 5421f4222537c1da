"""Bugs of packages that this project knows nothing of, with what is true of each."""

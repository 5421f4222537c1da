"""Run it, write it down: trials, one or many, and where they are kept."""

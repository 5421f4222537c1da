"""Trials on several hosts."""

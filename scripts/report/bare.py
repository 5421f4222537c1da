"""The program that shows why an error says nothing of its cause."""

from __future__ import annotations

BARE_SCRIPT = "repro/bare_error.py"
"""It exits with status 1 where nothing that is printed says that the connection was reset."""

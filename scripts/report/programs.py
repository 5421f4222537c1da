"""The short programs that show a fault, and that a report is given whole."""

from __future__ import annotations

SHORT_SCRIPT = "repro/stale_connection.py"
"""A request is written on a stale connection, with either library: it ends with status 1."""

BARE_SCRIPT = "repro/bare_error.py"
"""It ends with status 1 where nothing that is printed says that the connection was reset."""

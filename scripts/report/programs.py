"""The short programs that show a fault, and that a report is given whole."""

from __future__ import annotations

SHORT_SCRIPT = "repro/stale_connection.py"
"""A request is written on a stale connection, with either library: it ends with status 1."""

CROWDED_SCRIPT = "repro/crowded_pool.py"
"""Requests are written on stale connections though no caller blocks the event loop, with either
library: it ends with status 1 where the machine is slow enough for that."""

BARE_SCRIPT = "repro/bare_error.py"
"""It ends with status 1 where nothing that is printed says that the connection was reset."""

WHOLE = (SHORT_SCRIPT, CROWDED_SCRIPT, BARE_SCRIPT)
"""Those that are judged as wholes, by how they end: no circumstances but their own."""

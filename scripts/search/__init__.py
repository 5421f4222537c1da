"""Which release, which commit: where along a row of points something changes."""

"""The smallest case that still fails."""

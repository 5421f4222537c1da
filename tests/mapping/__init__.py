"""Under which settings it fails."""

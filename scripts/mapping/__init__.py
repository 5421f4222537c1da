"""Under which settings it fails: where the border runs between two numbers of a load."""

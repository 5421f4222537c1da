"""REPORT.md, and README.md's table."""

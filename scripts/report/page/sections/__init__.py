"""The parts of REPORT.md: a module for each question."""

"""Whether a change mends what fails, what it costs, and whether anything arrives twice."""

"""What is told to an upstream project, safe to publish."""

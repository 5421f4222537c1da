"""What the tooling costs, and how well it searches, beside other ways. Nothing imports it."""

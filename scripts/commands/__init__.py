"""Arguments in, exit status out: a module for each family of verbs."""

"""Pictures of histories, of reductions and of single trials."""

"""The gate: of a trial only what is known to be safe gets out, and the rest as its kind and length."""

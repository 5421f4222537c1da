"""The gate: of a trial what is known to be safe gets out, of the rest its kind and length."""

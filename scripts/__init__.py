"""Bug-report tooling for httpx.ReadError under concurrency: `python -m scripts --help`."""

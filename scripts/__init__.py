"""The tooling: `python -m scripts VERB`, each verb also a nox session."""

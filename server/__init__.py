"""The OpenAI-compatible server: `python -m server`."""

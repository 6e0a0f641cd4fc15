"""Agents over HTTP: `python -m agents serve`."""

"""Passages to an answer with checked citations."""

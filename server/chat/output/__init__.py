"""Tokens to the text that a client sees."""

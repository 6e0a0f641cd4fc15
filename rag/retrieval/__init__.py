"""A question to ranked passages."""

"""Copies of the server behind one address."""

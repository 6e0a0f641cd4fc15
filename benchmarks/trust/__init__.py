"""Attacks of every kind that is known here, and what others see of the server meanwhile."""

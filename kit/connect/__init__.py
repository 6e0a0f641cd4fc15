"""`python -m kit connect NAME`: other programs, told of this server."""

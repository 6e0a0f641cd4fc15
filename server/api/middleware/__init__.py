"""What happens around every request: a noun a file."""

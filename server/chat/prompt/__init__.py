"""Messages to a prompt."""

"""Messages to a prompt, tokens to text. Knows no HTTP."""

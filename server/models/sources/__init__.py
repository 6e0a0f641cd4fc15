"""Where the bytes of models come from."""

"""Documents to chunks, sentences and words."""

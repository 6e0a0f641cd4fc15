"""The server beside llama.cpp's own, in one run."""

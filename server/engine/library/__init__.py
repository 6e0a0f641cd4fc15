"""Which llama.cpp is loaded: one that was compiled here, or one that a package carries, known by its hash."""

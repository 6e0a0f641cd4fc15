"""llama.cpp's C API, and the only place that touches it: a model, a context, rows for a decode, a chain of samplers."""

from server.engine.library.load import load

load()

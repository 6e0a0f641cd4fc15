"""Tokens in, tokens out: batching, sampling, embedding. Knows no OpenAI and no text formats."""

import ctypes
import os
import sys

# OpenMP reads this when llama.cpp is loaded. Threads that spin while they wait for each other all but stand still
# as soon as another program wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Left alone, glibc comes to serve ever larger blocks from its heap, where one small block above keeps what is freed
# below: 28 MB after the benchmarks.
M_MMAP_THRESHOLD = -3
if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
    libc.mallopt(M_MMAP_THRESHOLD, 256 * 1024)

"""Tokens in, tokens out: batching, sampling, embedding. Knows no OpenAI and no text formats."""

import ctypes
import os
import sys

# Threads wait for each other some hundred times a token. Asleep, each wait costs a wake-up, and that much of the
# speed. Awake for ever, they all but stand still as soon as another program wants a core. So they spin, about a
# millisecond, before they sleep: `python -m benchmarks threads` compares. OpenMP reads this when llama.cpp is loaded.
if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
    os.environ["GOMP_SPINCOUNT"] = "100000"  # GNU's, on Linux
if "KMP_BLOCKTIME" not in os.environ:
    os.environ["KMP_BLOCKTIME"] = "1"  # LLVM's, in milliseconds

# Left alone, glibc comes to serve ever larger blocks from its heap, where one small block above keeps what is freed
# below: 28 MB after the benchmarks.
M_MMAP_THRESHOLD = -3
if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
    libc.mallopt(M_MMAP_THRESHOLD, 256 * 1024)
